"""Write ``docs/errors.md``: every code that an answer or a file in quarantine can have, read off the code.

Two kinds of places give one: a class of refusal (``code = "..."``), and a refusal that is raised with its own
code and sentence. Parts of a sentence that are filled in stand as three dots.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from backend.science.refusal_advice import advice_on

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "errors.md"
# as `backend/common/api.py` maps them; `tests/contract` holds both against each other
STATUS = {
    "NotFound": 404,
    "Forbidden": 403,
    "Conflict": 409,
    "Invalid": 400,
    "TooLarge": 413,
    "Unavailable": 503,
}
FILES = "BadInput"
_CODE = re.compile(r"[a-z][a-z0-9_]*")
HEAD = """\
# Error codes

Written by `make api` from the code; not to be edited by hand.

Every refusal of the API is JSON: `code` (stable, for programs), `message` (one sentence, for people) and,
where a program needs more, `extra`. The sentence below is the usual one; `...` stands for what is filled in.
"""


@dataclass(frozen=True, order=True)
class Code:
    """One code, the base class of its refusal and a sentence."""

    name: str
    kind: str
    sentence: str


def sources() -> Iterator[ast.Module]:
    for folder in ("backend", "inference"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "client" not in path.parts and "migrations" not in path.parts:
                yield ast.parse(path.read_text())


def text(node: ast.AST | None) -> str | None:
    """A literal text, with dots for what is filled in; None where it is worked out."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(text(part) or "..." for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return (text(node.left) or "...") + (text(node.right) or "...")
    if isinstance(node, ast.IfExp):
        return text(node.body)
    return None


def put_down_before(call: ast.Call, module: ast.Module) -> dict[str, ast.expr]:
    """What names stood for when a function came to the call: the nearest assignment above it."""
    around = [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef) and node.lineno < call.lineno <= (node.end_lineno or 0)
    ]
    lines = [line for node in around for line in ast.walk(node) if isinstance(line, ast.Assign)]
    return {
        target.id: line.value
        for line in sorted(lines, key=lambda line: line.lineno)
        if line.lineno < call.lineno
        for target in line.targets
        if isinstance(target, ast.Name)
    }


def name_of(node: ast.expr) -> str:
    """``Conflict`` of ``Conflict`` and of ``errors.Conflict``."""
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def kinds(modules: list[ast.Module]) -> dict[str, str]:
    """For each class of refusal, the class in ``STATUS`` that it is a kind of."""
    parents: dict[str, list[str]] = {}
    for module in modules:
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef):  # a refusal and an act may share a name: the bases of both
                parents.setdefault(node.name, []).extend(map(name_of, node.bases))

    def kind_of(name: str, seen: frozenset[str] = frozenset()) -> str | None:
        if name in STATUS or name == FILES:
            return name
        above = (kind_of(parent, seen | {name}) for parent in parents.get(name, ()) if parent not in seen)
        return next(filter(None, above), None)

    return {name: kind for name in {*parents, *STATUS, FILES} if (kind := kind_of(name)) is not None}


def of_classes(module: ast.Module, known: dict[str, str]) -> Iterator[Code]:
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef) and node.name in known:
            given = {
                target.id: text(line.value)
                for line in node.body
                if isinstance(line, ast.Assign)
                for target in line.targets
                if isinstance(target, ast.Name)
            }
            if code := given.get("code"):
                yield Code(code, known[node.name], given.get("message") or "")


def of_calls(module: ast.Module, known: dict[str, str]) -> Iterator[Code]:
    for node in ast.walk(module):
        if not isinstance(node, ast.Call):
            continue
        name = name_of(node.func)
        if name not in known:
            continue
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        code = text(node.args[0] if node.args else named.get("code"))
        said = node.args[1] if len(node.args) > 1 else named.get("message")
        if isinstance(said, ast.Name):
            said = put_down_before(node, module).get(said.id)
        sentence = text(said)
        if code and _CODE.fullmatch(code):
            yield Code(code, known[name], sentence or "")


def codes() -> list[Code]:
    """All of them, one for each code and kind: the first sentence by the alphabet."""
    modules = list(sources())
    known = kinds(modules)
    found = {
        code for module in modules for reader in (of_classes, of_calls) for code in reader(module, known)
    }
    first: dict[tuple[str, str], Code] = {}
    for code in sorted(found, key=lambda one: (one.name, one.kind, one.sentence == "", one.sentence)):
        first.setdefault((code.name, code.kind), code)
    return list(first.values())


def page() -> str:
    """The page's text."""
    found = codes()
    parts = [HEAD, "## Answers of the API\n", "| code | status | says |", "| --- | --- | --- |"]
    parts += [f"| `{one.name}` | {STATUS[one.kind]} | {cell(one)} |" for one in found if one.kind in STATUS]
    parts += [
        "",
        "## Files that cannot be used",
        "",
        "What a file in quarantine is kept with; asked about such a file, the API answers 400 with it.",
        "",
        "| code | says | what to do |",
        "| --- | --- | --- |",
    ]
    parts += [f"| `{one.name}` | {cell(one)} | {advice_on(one.name)} |" for one in found if one.kind == FILES]
    return "\n".join(parts) + "\n"


def cell(code: Code) -> str:
    return re.sub(r"(\.\.\.\s?){2,}", "... ", " ".join(code.sentence.split())).strip().replace("|", "\\|")


def main() -> int:
    PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
