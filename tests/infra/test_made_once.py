"""What is made once for all processes of tests is made anew where what it is made of has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import made_once as once


def test_it_is_made_once_and_again_when_an_input_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(once, "ROOT", tmp_path)
    source, made = tmp_path / "source.py", list[str]()
    source.write_text("one")

    def make() -> bytes:
        made.append("made")
        return source.read_bytes()

    def ask() -> bytes:
        return once.made_once("thing", [source], make)

    assert [ask(), ask()] == [b"one", b"one"]
    assert made == ["made"]
    source.write_text("two")
    assert ask() == b"two"


def test_what_breaks_off_while_it_is_made_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(once, "ROOT", tmp_path)
    with pytest.raises(ZeroDivisionError):
        once.made_once("thing", [], lambda: bytes(1 // 0))
    assert once.made_once("thing", [], lambda: b"whole") == b"whole"
