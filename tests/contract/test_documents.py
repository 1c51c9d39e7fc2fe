"""What the documents tell people to type is there: commands, targets, options and Python that reads."""

from __future__ import annotations

import ast
import re
import shlex
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Iterator
from doctest import DocTestParser
from pathlib import Path

import pytest
from django.core.management import get_commands

from backend.client import cli as client_cli
from backend.notices.kinds import TOLD
from backend.science import cli as science_cli
from inference import cli as inference_cli

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    [
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
        *(ROOT / part / "README.md" for part in ("backend/client", "backend/science", "inference")),
    ]
)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PICTURE = re.compile(r"!\[([^\]]*)\]\((?:\.\./|docs/)?images/([^)\s]+)\)")
# as tests/e2e/pictures.spec.ts calls what it takes
TAKEN = re.compile(r"(?:keep\(\w+, |^    \[)\"([a-z-]+)\"", re.MULTILINE)
MADE_BY_HAND = {"ohif.webp"}  # another program's window
INDENTED = re.compile(r"(?:^ {4}\S.*\n)+", re.MULTILINE)
# what stands before a command's own words, and whose command it is
PROGRAM = re.compile(
    r"(?:^|(?<=\s))(?:\S*python3? -m (?P<module>backend\.science|inference)"
    r"|(?P<own>vertebase-science|vertebase|make)"
    r"|(?:\S*python3? )?\S*(?P<manage>manage\.py))\s+(?P<rest>[^#|]*)"
)


def lines_to_type(text: str) -> Iterator[str]:
    """Each line of the blocks that a shell would read."""
    for language, block in FENCE.findall(text):
        if language in ("sh", "bash", "console", ""):
            yield from block.replace("\\\n", " ").splitlines()
    for block in INDENTED.findall(FENCE.sub("", text)):
        yield from block.replace("\\\n", " ").splitlines()


def commands_of(parser: ArgumentParser) -> dict[str, ArgumentParser]:
    (found,) = [action for action in parser._actions if isinstance(action, _SubParsersAction)]
    return dict(found.choices)


SCIENCE = commands_of(science_cli.build_parser())
COMMANDS = {
    "backend.science": SCIENCE,
    "vertebase-science": SCIENCE,
    "vertebase": commands_of(client_cli.parser()),
    "inference": commands_of(inference_cli.build_parser()),
}
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def fault_of(line: str) -> str | None:
    """What is wrong with a line to type; None where nothing is, or where it is another program's."""
    typed = PROGRAM.search(line.strip())
    if typed is None:
        return None
    words = shlex.split(typed["rest"])
    if typed["own"] == "make":
        return None if words and words[0] in TARGETS else "no such target"
    if typed["manage"]:
        return None if words[0] in get_commands() else "no such command of manage.py"
    command = COMMANDS[typed["module"] or typed["own"]].get(words[0])
    if command is None:
        return None if words[0] == "--help" else "no such command"
    options = [word.split("=")[0] for word in words[1:] if word.startswith("--")]
    unknown = [one for one in options if one not in command._option_string_actions]
    return f"no option {', '.join(unknown)}" if unknown else None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_to_be_typed_exists(document: Path) -> None:
    text = document.read_text()
    faults = [f"{line.strip()}: {fault}" for line in lines_to_type(text) if (fault := fault_of(line))]
    for language, block in FENCE.findall(text):
        if language == "python":
            sources = [one.source for one in DocTestParser().get_examples(block)] or [block]
            try:
                ast.parse("".join(sources))
            except SyntaxError as error:
                faults.append(f"{block.splitlines()[0]}: {error}")
    assert not faults


def test_each_picture_that_is_named_is_there_is_named_in_both_languages_and_is_small() -> None:
    """Those that `make pictures` takes are all used, and each says in words what it shows."""
    named: dict[str, set[str]] = {}
    for document in DOCUMENTS:
        for words, name in PICTURE.findall(document.read_text()):
            assert len(words) > 20, f"{document.name}: {name} does not say what it shows"
            named.setdefault(name, set()).add(document.parent.name)
    there = {file.name: file.stat().st_size for file in (ROOT / "docs" / "images").iterdir()}
    assert named.keys() == there.keys()
    taken = {f"{name}.webp" for name in TAKEN.findall((ROOT / "tests/e2e/pictures.spec.ts").read_text())}
    assert taken | MADE_BY_HAND == {name for name in there if name.endswith(".webp")}
    assert [name for name, size in there.items() if size > 120_000] == []
    assert sum(there.values()) < 3_000_000
    assert [name for name, where in named.items() if "docs" in where and "de" not in where] == []


def test_each_event_that_programs_are_told_is_listed() -> None:
    listed = re.findall(r"`([a-z]+\.[a-z_]+)`", (ROOT / "docs/other-programs.md").read_text())
    assert {verb.value for verb in TOLD} <= set(listed)


def test_the_documents_tell_of_each_program() -> None:
    """The patterns find what they are for: else the test above would see nothing."""
    lines = [line for document in DOCUMENTS for line in lines_to_type(document.read_text())]
    seen = [found for line in lines if (found := PROGRAM.search(line.strip()))]
    assert {name for found in seen for name in (found["module"], found["own"], found["manage"]) if name} == {
        *COMMANDS,
        "make",
        "manage.py",
    }
    wrong = ("make nothing", "python manage.py nothing", "vertebase fly", "python -m inference segment --up")
    assert all(fault_of(line) for line in wrong)
