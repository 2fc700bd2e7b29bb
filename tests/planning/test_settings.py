from pathlib import Path

import pytest

from surgitwin.core.errors import InputError
from surgitwin.planning.settings import VARIABLE, Settings, read_settings, settings_file


def test_no_file_gives_the_defaults(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "absent.toml") == Settings()


def test_values_are_read_and_the_variable_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('cores = 3\nlog_level = "INFO"\n')
    monkeypatch.setenv(VARIABLE, str(file))
    assert settings_file() == file
    assert read_settings() == Settings(3, "INFO")


@pytest.mark.parametrize("text", ["cores = -1", "cores = true", 'log_level = "loud"', "core = 2", "cores ="])
def test_faults_are_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        read_settings(file)
    assert caught.value.code == "settings.invalid"
    assert str(file) in caught.value.message
