"""Mutation testing on a house of one room: what is killed, what survives, and the score."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from scripts.mutants.__main__ import NotMeasured, Place, Target, measure
from scripts.mutants.making import mutants_of
from scripts.mutants.report import Measured, score_percent, write_report
from scripts.mutants.swapping import Live, NeedsLoading, changed_functions

ROOM = '''"""A room."""

LIMIT = 7
ROOMY = 3
SIDES = 4
CORNERS = tuple(range(SIDES))


def fits(size: int | None) -> bool:
    return size is not None and size <= LIMIT


def unseen(size: int) -> int:
    return size + 1
'''
TESTS = """from room import CORNERS, fits, unseen


def test_fits() -> None:
    assert fits(7)
    assert not fits(8)


def test_corners() -> None:
    assert len(CORNERS) == 4


def test_unseen() -> None:
    unseen(2)
"""
TABLE = """[[file]]
promise = "room"
file = "room.py"
tests = ["test_room.py"]
"""


TARGET = Target("room.py", "room", ("test_room.py",))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    house = tmp_path_factory.mktemp("house")
    (house / "room.py").write_text(ROOM)
    (house / "test_room.py").write_text(TESTS)
    (house / "pytest.ini").write_text("[pytest]\n")
    subprocess.run(["git", "init", "-q"], cwd=house, check=True)
    return Place(house, tmp_path_factory.mktemp("work"))


@pytest.fixture(scope="module")
def measured(place: Place) -> Measured:
    place.prepare()
    return measure(TARGET, place)


@pytest.mark.slow
def test_what_no_test_notices_survives(measured: Measured) -> None:
    """In functions and among constants, both exchanged in a live process."""
    assert {one.after.replace(" ", "") for one in measured.survivors} == {
        "ROOMY=4",
        "ROOMY=2",
        "returnsize-1",
        "returnsize+2",
        "returnsize+0",
    }
    killed = measured.judged - len(measured.survivors)
    assert killed == 8  # of LIMIT and SIDES both ways, `is`, `or`, `<` and `>`


@pytest.mark.slow
def test_the_tree_is_never_touched(place: Place, measured: Measured) -> None:
    """Nor is the copy once a mutant was loaded from it (SIDES is used while the module is loaded)."""
    assert (place.root / "room.py").read_text() == ROOM
    assert (place.tree / "room.py").read_text() == ROOM


@pytest.mark.slow
def test_the_score_leaves_out_what_changes_nothing(tmp_path: Path, measured: Measured) -> None:
    table = tmp_path / "table.toml"
    table.write_text(TABLE)
    assert score_percent(measured, table) == pytest.approx(100 * 8 / 13)
    reason = (
        '[[reason]]\nfile = "room.py"\nbefore = "ROOMY = 3"\nequivalent = true\nwhy = "nothing reads it"\n'
    )
    table.write_text(TABLE + reason)
    assert score_percent(measured, table) == pytest.approx(100 * 8 / 11)


@pytest.mark.slow
def test_a_survivor_is_judged_again_when_its_tests_have_changed(place: Place, measured: Measured) -> None:
    (place.root / "test_room.py").write_text(TESTS.replace("unseen(2)", "assert unseen(2) == 3"))
    place.prepare()
    after = measure(TARGET, place)
    assert len(measured.survivors) - len(after.survivors) == 3


@pytest.mark.slow
def test_tests_that_fail_as_they_are_judge_nothing(place: Place, measured: Measured) -> None:
    (place.tree / "test_room.py").write_text(TESTS.replace("fits(7)", "fits(9)"))
    with pytest.raises(NotMeasured, match="gave up"):
        measure(TARGET, place)


def test_the_page_names_each_survivor_and_keeps_its_own_text(tmp_path: Path) -> None:
    table, found, page = (tmp_path / name for name in ("table.toml", "found.json", "page.md"))
    table.write_text(TABLE)
    row = Measured("room.py", "room", 20, 10, [], "2026-01-31").as_row()
    row["survivors"] = [{"line": 3, "before": "a < b", "after": "a <= b"}]
    found.write_text(json.dumps({"room.py": row}))
    page.write_text("# Own text\n\n")
    for _ in range(2):
        write_report(page, found, table)
    text = page.read_text()
    assert text.startswith("# Own text\n")
    assert text.count("| room | `room.py` | 20 | 10 | 9 | 1 | 90 % | 2026-01-31 |") == 1
    assert text.count("- `a < b` → `a <= b`: no reason noted yet") == 1


def test_types_marks_of_arguments_and_remembered_answers_are_left_alone() -> None:
    source = "@lru_cache(maxsize=1)\ndef f(a: int | None, *, c: int) -> int | str:\n    b: int | None = a\n"
    assert mutants_of(source) == []


def test_a_star_among_parameters_multiplies_nothing() -> None:
    assert (
        mutants_of("def f(a, *, b):\n    return g(*a, *b)\n\n\ndef h(a, /, *b, **c):\n    return a\n") == []
    )
    assert [one.after for one in mutants_of("def f(a, *, b=g() * h()):\n    return a\n")] == [
        "def f(a, *, b=g() / h()):"
    ]


def test_checks_and_conditions_are_left_out() -> None:
    source = "def f(rows, user):\n    check(\n        user,\n    )\n    return rows.filter(user=user)[0:5]\n"
    changed = {one.operator: one.source for one in mutants_of(source)}
    assert "    pass\n\n\n    return" in changed["LeaveOutCall"]
    assert "rows.all()[0:5]" in changed["LeaveOutCondition"]
    assert "rows.exclude(user=user)" in changed["SayTheOpposite"]


def test_what_the_module_calls_is_loaded_anew_and_what_it_only_lists_is_exchanged_live() -> None:
    source = (
        "def doubled(n):\n    return n * 2\n\n\ndef halved(n):\n    return n / 2\n\n\n"
        "def shown(f):\n    return f\n\n\n@shown\ndef other():\n    return 1\n\n\n"
        "WAYS = {'double': doubled}\nHALF = halved(4)\nODD = tuple(n + 1 for n in (2, 4))\n"
    )
    assert {name for name, _ in changed_functions("room.py", source, source.replace("* 2", "* 3"))} == {
        "doubled"
    }
    for before, after in (("/ 2", "/ 3"), ("return f", "return not f"), ("n + 1", "n - 1")):
        with pytest.raises(NeedsLoading):
            changed_functions("room.py", source, source.replace(before, after))


def test_the_look_at_what_lives_wakes_no_lazy_object() -> None:
    class Lazy:
        def __getattribute__(self, name: str) -> object:
            raise RuntimeError("made too early")

    lazy = Lazy()
    assert Live("room.py").functions == []
    del lazy


def test_values_made_while_loading_are_made_anew_in_a_live_module(monkeypatch: pytest.MonkeyPatch) -> None:
    source = (
        "SIZES = (1, 2)\nTOTAL = sum(SIZES)\nKEPT = 5\n\n\ndef f(n=3):\n    return n + TOTAL + SIZES[0]\n"
    )
    room, other = ModuleType("backend.room"), ModuleType("backend.other")
    exec(compile(source, "room.py", "exec"), room.__dict__)
    monkeypatch.setitem(sys.modules, "backend.room", room)
    monkeypatch.setitem(sys.modules, "backend.other", other)
    live = Live("room.py")
    assert room.f() == 7
    live.run_anew("backend.room", source, source.replace("(1, 2)", "(1, 3)"))
    assert room.f() == 8
    live.run_anew("backend.room", source, source.replace("n=3", "n=4"))
    assert room.f() == 9
    for text in (source, source + "# nothing\n"):
        with pytest.raises(NeedsLoading):
            live.run_anew("backend.room", source, text)
    other.TOTAL = room.TOTAL  # type: ignore[attr-defined]
    with pytest.raises(NeedsLoading):
        live.run_anew("backend.room", source, source.replace("(1, 2)", "(2, 2)"))


def test_a_type_that_is_written_is_no_use_of_a_class() -> None:
    """Its methods are exchanged in a live process, which is far quicker than loading all anew."""
    source = "class A:\n    def f(self):\n        return %d\n\n\n_all: list[A] = []\n"
    assert set(changed_functions("a.py", source % 1, source % 2)) == {("A.f", 2)}
    with pytest.raises(NeedsLoading):
        changed_functions("a.py", f"{source % 1}first = A()\n", f"{source % 2}first = A()\n")
