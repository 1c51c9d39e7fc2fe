"""Put a mutant's functions in the place of the live ones, in a process that has loaded everything else.

Loading Django and collecting the tests takes longer than nearly every verdict; a process that has done both
is forked for each mutant instead. What a module does while it is loaded cannot be exchanged like this.
"""

from __future__ import annotations

import ast
import functools
import gc
import re
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

OPTIMISED = 0x1  # the flag that functions have, and modules and class bodies lack
OURS = ("backend.", "inference.")
COMPREHENSIONS = ("<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>")
Place = tuple[str, int]  # qualified name and first line of a function


class NeedsLoading(Exception):
    """The change is in what the module does while it is loaded."""


def changed_functions(path: str, before: str, after: str) -> dict[Place, CodeType]:
    """The functions whose code differs, outer ones and those inside them.

    Raises
    ------
    NeedsLoading
        Something outside all functions differs, or a function that the module calls while it is loaded.
    """
    old, new = (compile(source, path, "exec", dont_inherit=True) for source in (before, after))
    found = dict(_differing(old, new))
    at_once = _called_while_loading(before)
    if not found or any(name.split(".")[0] in at_once or _runs_at_once(name) for name, _ in found):
        raise NeedsLoading
    return found


def _runs_at_once(name: str) -> bool:
    """Whether this is a comprehension outside functions: it is over before anything could be exchanged."""
    return "<locals>" not in name and name.split(".")[-1] in COMPREHENSIONS


def _differing(old: CodeType, new: CodeType) -> Iterator[tuple[Place, CodeType]]:
    function = bool(old.co_flags & OPTIMISED)
    if function and old != new:
        yield (old.co_qualname, old.co_firstlineno), new
    olds, news = ([c for c in code.co_consts if isinstance(c, CodeType)] for code in (old, new))
    if not function and (_bare(old) != _bare(new) or len(olds) != len(news)):
        raise NeedsLoading
    for inner_old, inner_new in zip(olds, news, strict=False):
        yield from _differing(inner_old, inner_new)


def _bare(code: CodeType) -> tuple[object, ...]:
    plain = [repr(const) for const in code.co_consts if not isinstance(const, CodeType)]
    return code.co_code, code.co_names, plain


def _used_while_loading(source: str) -> set[str]:
    """Names that the module uses while it is loaded: outside functions, in decorators, as defaults."""
    names: set[str] = set()

    def walk(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(node, ast.AnnAssign) and child is node.annotation:
                continue  # nothing evaluates a type
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                parts = [*child.decorator_list, *child.args.defaults, *filter(None, child.args.kw_defaults)]
                names.update(n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name))
            else:
                if isinstance(child, ast.Name):
                    names.add(child.id)
                walk(child)

    walk(ast.parse(source))
    return names


def _called_while_loading(source: str) -> set[str]:
    """Names in calls and decorators outside functions. One that only stands in a table is called later."""
    names: set[str] = set()

    def walk(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            parts: list[ast.expr] = [child] if isinstance(child, ast.Call) else []
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                parts = list(child.decorator_list)
            names.update(n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name))
            if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                walk(child)

    walk(ast.parse(source))
    return names


def changed_constant(before: str, after: str) -> tuple[str, str]:
    """The one constant whose value differs, and its new expression.

    Raises
    ------
    NeedsLoading
        Something else differs, too, or the module uses the constant while it is loaded.
    """
    old, new = ast.parse(before).body, ast.parse(after).body
    pairs = [(o, n) for o, n in zip(old, new, strict=True) if ast.dump(o) != ast.dump(n)]
    if len(pairs) != 1 or not isinstance(pairs[0][1], ast.Assign | ast.AnnAssign):
        raise NeedsLoading
    statement = pairs[0][1]
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    if not isinstance(target, ast.Name) or statement.value is None:
        raise NeedsLoading
    if target.id in _used_while_loading(_without(before, statement.lineno)):
        raise NeedsLoading
    return target.id, ast.unparse(statement.value)


def _without(source: str, line: int) -> str:
    tree = ast.parse(source)
    tree.body = [statement for statement in tree.body if statement.lineno != line]
    return ast.unparse(tree)


def _ran(source: str, module: str, path: str) -> dict[str, Any]:
    """The names of a module that is run once more, beside the live one."""
    names: dict[str, Any] = {"__name__": module, "__file__": path}
    exec(compile(source, path, "exec", dont_inherit=True), names)
    return {name: value for name, value in names.items() if not name.startswith("__")}


def _told(value: object) -> str:
    """What can be seen of a value, or of a function's defaults, wherever in memory it lies."""
    seen = (value.__defaults__, value.__kwdefaults__) if type(value) is FunctionType else value
    return re.sub(r" at 0x[0-9a-f]+", "", repr(seen))


class Live:
    """What lives in this process: the functions of one file, and all memories of earlier answers.

    Looked up once before any fork, since the look touches every object and a fork would have to copy it.
    """

    def __init__(self, path: str) -> None:
        things = gc.get_objects()
        # By type, not by isinstance: an object that is made when first asked what it is would be made here.
        functions = [thing for thing in things if type(thing) is FunctionType]
        self.functions = [one for one in functions if one.__code__.co_filename == path]
        memories = [thing for thing in things if type(thing) is functools._lru_cache_wrapper]
        self.memories = [one for one in memories if str(getattr(one, "__module__", "")).startswith(OURS)]
        self.path = path

    def forget(self) -> None:
        """Empty the memory of all functions of the product that keep their answers."""
        for memory in self.memories:
            memory.cache_clear()

    def put_in_place(self, changed: dict[Place, CodeType]) -> None:
        """Give the live functions their changed code.

        Raises
        ------
        NeedsLoading
            One of the outermost changed functions is not alive: it was used up while the module was loaded.
        """
        met = set()
        for function in self.functions:
            place = (function.__code__.co_qualname, function.__code__.co_firstlineno)
            if place in changed:
                met.add(place)
                function.__code__ = changed[place]
        if any("<locals>" not in place[0] and place not in met for place in changed):
            raise NeedsLoading
        self.forget()

    def run_anew(self, module: str, before: str, after: str) -> None:
        """Give a module the values and defaults that its changed text makes, where nobody else took them.

        Raises
        ------
        NeedsLoading
            Nothing that can be seen differs, or another module of the product took what does.
        """
        home = sys.modules[module].__dict__
        old, new = (_ran(source, module, self.path) for source in (before, after))
        changed = [name for name in new if name in old and _told(old[name]) != _told(new[name])]
        others = [other.__dict__ for key, other in list(sys.modules.items()) if key.startswith(OURS)]
        taken = [name for name in changed for names in others if names is not home and name in names]
        if not changed or taken:
            raise NeedsLoading
        for name in changed:
            live = home[name]
            if type(live) is FunctionType:
                live.__defaults__, live.__kwdefaults__ = new[name].__defaults__, new[name].__kwdefaults__
            else:
                home[name] = new[name]
        self.forget()

    def rebind(self, module: str, name: str, expression: str) -> None:
        """Give a constant its changed value in its module and wherever it was imported to."""
        home = sys.modules[module].__dict__
        value, old = eval(expression, dict(home)), home[name]
        for other in list(sys.modules.values()):
            if getattr(other, "__dict__", {}).get(name) is old:
                setattr(other, name, value)
        self.forget()
