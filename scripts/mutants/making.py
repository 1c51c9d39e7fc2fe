"""Make the mutants of one file: the same source with one small thing wrong in it.

The small things are those of Cosmic Ray's operators that a careless hand would do, and three more of this
house: a call left out, a condition of a query left out, and a word exchanged for its opposite.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator
from parso.python.tree import Name

BINARY = (
    "Add_Sub Sub_Add Mul_Div Div_Mul FloorDiv_Mul Mod_Mul Pow_Mul BitAnd_BitOr BitOr_BitAnd LShift_RShift"
)
COMPARISON = "Lt_LtE Lt_GtE LtE_Lt LtE_Gt Gt_GtE Gt_LtE GtE_Gt GtE_Lt Eq_NotEq NotEq_Eq Is_IsNot IsNot_Is"
UNARY = "Delete_USub Delete_Invert Delete_Not"
OTHER = (
    "AddNot ReplaceTrueWithFalse ReplaceFalseWithTrue ReplaceAndWithOr ReplaceOrWithAnd NumberReplacer "
    "ReplaceBreakWithContinue ReplaceContinueWithBreak RemoveDecorator ZeroIterationForLoop"
)
OPPOSITES = {
    "min": "max",
    "minimum": "maximum",
    "any": "all",
    "floor": "ceil",
    "union": "intersection",
    "first": "last",
    "filter": "exclude",
}
OPPOSITES |= {opposite: word for word, opposite in OPPOSITES.items()}

# Lines in which a change changes nothing that a test should see: what is remembered, said in a log, or kept
# for the reader of the code.
SKIPPED = re.compile(
    r"setflags\(write|verbose_name|help_text|^\s*(@(dataclass|lru_cache|cache|cached_property|property|staticmethod|classmethod|wraps"
    r"|overload|extend_schema)|logger\.|log\.|from |import |__all__|\w+ = logging)"
)
Span = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Mutant:
    """One change: the operator that made it, its place, the line before and after, the whole new source."""

    operator: str
    occurrence: int
    line: int
    before: str
    after: str
    source: str


class LeaveOutCall(Operator):  # type: ignore[misc]
    """A statement that is a call alone becomes ``pass``: a check, a record or a message is forgotten."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        if node.type != "simple_stmt" or node.children[0].type not in ("atom_expr", "power"):
            return
        call = node.children[0]
        if call.children[-1].type == "trailer" and call.children[-1].children[0] == "(":
            yield call.start_pos, call.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        call = node.children[0]
        gone = "\n" * (call.end_pos[0] - call.start_pos[0])
        node.children[0] = Name(f"pass{gone}", call.start_pos, prefix=call.get_first_leaf().prefix)
        return node

    @classmethod
    def examples(cls) -> tuple[Any, ...]:
        return ()


class LeaveOutCondition(Operator):  # type: ignore[misc]
    """``.filter(...)`` or ``.exclude(...)`` of a query becomes ``.all()``: a condition is forgotten."""

    def _links(self, node: Any) -> list[int]:
        if node.type not in ("atom_expr", "power"):
            return []
        parts = node.children
        return [
            i
            for i in range(1, len(parts) - 1)
            if parts[i].type == parts[i + 1].type == "trailer"
            and parts[i].children[0] == "."
            and parts[i].children[1].value in ("filter", "exclude")
            and parts[i + 1].children[0] == "("
        ]

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        for i in self._links(node):
            yield node.children[i].start_pos, node.children[i + 1].end_pos

    def mutate(self, node: Any, index: int) -> Any:
        i = self._links(node)[index]
        name, arguments = node.children[i].children[1], node.children[i + 1]
        name.value = "all"
        gone = "\n" * (arguments.end_pos[0] - arguments.start_pos[0])
        node.children[i + 1] = Name(f"({gone})", arguments.start_pos)
        return node

    @classmethod
    def examples(cls) -> tuple[Any, ...]:
        return ()


class SayTheOpposite(Operator):  # type: ignore[misc]
    """``min`` for ``max``, ``any`` for ``all``, ``not in`` for ``in`` and their like."""

    def _opposite(self, node: Any) -> str | None:
        if node.type == "name" and node.parent.type != "argument":
            return OPPOSITES.get(node.value)
        if node.type == "keyword" and node.value == "in" and node.parent.type == "comparison":
            return "not in"
        if node.type == "comp_op" and node.get_code().split() == ["not", "in"]:
            return "in"
        return None

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        if self._opposite(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        first = node.get_first_leaf()
        return Name(self._opposite(node) or node.get_code(), node.start_pos, prefix=first.prefix)

    @classmethod
    def examples(cls) -> tuple[Any, ...]:
        return ()


def operators() -> dict[str, Operator]:
    """All operators in use by name."""
    names = [f"ReplaceBinaryOperator_{pair}" for pair in BINARY.split()]
    names += [f"ReplaceComparisonOperator_{pair}" for pair in COMPARISON.split()]
    names += [f"ReplaceUnaryOperator_{pair}" for pair in UNARY.split()]
    names += OTHER.split()
    own: list[type[Operator]] = [LeaveOutCall, LeaveOutCondition, SayTheOpposite]
    return {name: get_operator(f"core/{name}")() for name in names} | {one.__name__: one() for one in own}


def mutants_of(source: str) -> list[Mutant]:
    """All mutants of a source that compile, each different source once, in the order of their lines."""
    lines = source.splitlines()
    nodes = list(ast_nodes(get_ast(source)))
    dull = [*_annotations(source), *_markers(nodes)]
    found: dict[str, Mutant] = {}
    for name, operator in operators().items():
        places = [span for node in nodes for span in operator.mutation_positions(node)]
        for occurrence, (start, end) in enumerate(places):
            line = lines[start[0] - 1]
            mark = line[start[1] : start[1] + 2] == "*,"  # what follows is given by name: no multiplication
            if mark or SKIPPED.search(line) or any(low <= start and end <= high for low, high in dull):
                continue
            changed = mutate_code(source, operator, occurrence)
            if changed is not None and changed != source and _compiles(changed):
                after = _first_difference(lines, changed.splitlines())
                found.setdefault(changed, Mutant(name, occurrence, start[0], line.strip(), after, changed))
    return sorted(found.values(), key=lambda mutant: (mutant.line, mutant.operator, mutant.occurrence))


def _first_difference(before: Sequence[str], after: Sequence[str]) -> str:
    return next((new.strip() for old, new in zip(before, after, strict=False) if old != new), "")


def _compiles(source: str) -> bool:
    try:
        compile(source, "<mutant>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def _markers(nodes: Sequence[Any]) -> list[Span]:
    """The ``*`` and ``/`` among parameters, which multiply and divide nothing."""
    parents = ("parameters", "param")
    return [(n.start_pos, n.end_pos) for n in nodes if n.type == "operator" and n.parent.type in parents]


def _annotations(source: str) -> list[Span]:
    """Where types are written, which nothing evaluates."""
    lines = source.splitlines()
    spans = []
    for node in ast.walk(ast.parse(source)):
        for written in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(written, ast.expr):
                first, last = written.lineno, written.end_lineno or written.lineno
                start = _characters(lines[first - 1], written.col_offset)
                end = _characters(lines[last - 1], written.end_col_offset or 0)
                spans.append(((first, start), (last, end)))
    return spans


def _characters(line: str, utf8_bytes: int) -> int:
    return len(line.encode()[:utf8_bytes].decode())
