from pathlib import Path

import pytest

from surgitwin.core.errors import InputError
from surgitwin.planning.settings import VARIABLE, Settings, read_settings, settings_file, write_settings


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


@pytest.mark.parametrize(
    "text",
    [
        "cores = -1",
        "cores = true",
        'log_level = "loud"',
        "core = 2",
        "cores =",
        'theme = "pink"',
        "autosave_s = 60",
    ],
)
def test_faults_are_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        read_settings(file)
    assert caught.value.code == "settings.invalid"
    assert str(file) in caught.value.message


def test_what_is_written_is_read_and_faults_leave_the_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "mine.toml"
    kept = Settings(cores=2, theme="light", autosave_s=10)
    assert write_settings(kept, file) == file
    assert read_settings(file) == kept
    with pytest.raises(InputError, match="theme"):
        write_settings(Settings(theme="pink"), file)
    assert read_settings(file) == kept
