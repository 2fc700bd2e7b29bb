"""Every test of real widgets is guarded: see guards.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _guarded(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a `gui` test that leaves something behind or that keeps the window from answering."""
    if request.node.get_closest_marker("gui") is None or request.node.get_closest_marker("unguarded"):
        yield
        return
    request.getfixturevalue("qapp")
    import guards

    from surgitwin.viewer.collector import collect_in_window_thread

    collect_in_window_thread()  # the watchdog's thread allocates too
    before = guards.belongings()
    with guards.Watchdog() as dog:
        yield
        left = guards.settle(before)
    said = [f"left behind: {x}" for x in left]
    said += [f"the window did not answer for {b.words()}" for b in dog.blocks]
    if said:
        pytest.fail("\n".join(said), pytrace=False)


def pytest_configure(config: pytest.Config) -> None:
    """The mark of tests that plant faults themselves."""
    config.addinivalue_line("markers", "unguarded: plants a fault on purpose; the guards stay off")
