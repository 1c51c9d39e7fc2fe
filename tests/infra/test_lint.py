"""The linters run side by side; those of the pages once the npm packages are there."""

from __future__ import annotations

import sys

import pytest

from scripts import lint

OF_PAGES = {check.name for check in lint.OF_PAGES}
OF_PYTHON = {check.name for check in lint.OF_PYTHON}


class Carried:
    """Stands in for carrying checks out: it notes them, and lets some fail."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.bad: set[str] = set()

    def __call__(self, check: lint.Check) -> bool:
        self.names.append(check.name)
        return check.name not in self.bad


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Carried:
    carried = Carried()
    monkeypatch.setattr(lint, "carry_out", carried)
    monkeypatch.setattr(sys, "argv", ["lint.py"])
    return carried


def test_all_run_once_without_a_set_up_and_one_that_fails_fails_the_whole(
    ran: Carried, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lint.main() == 0
    assert sorted(ran.names) == sorted(OF_PAGES | OF_PYTHON)
    ran.bad.add("eslint")
    assert lint.main() == 1
    assert "eslint" in capsys.readouterr().err


def test_without_npm_packages_python_is_checked_all_the_same(
    ran: Carried, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["lint.py", "--set-up"])
    ran.bad.add(lint.NPM_PACKAGES.name)
    assert lint.main() == 1
    assert set(ran.names) == OF_PYTHON | {lint.NPM_PACKAGES.name}
