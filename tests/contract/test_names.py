"""Words of the interface: a view is called one, what is read is called an input, one thing has one id."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

from backend.science.deid import allowlist
from tests.contract.test_rooms import BACKEND, VIEWS
from tests.permissions.routes import api_routes


def test_views_are_called_views() -> None:
    assert [route.view.__name__ for route in api_routes() if not route.view.__name__.endswith("View")] == []


def test_one_thing_has_one_id_in_all_addresses() -> None:
    names: dict[str, set[str]] = defaultdict(set)
    for route in api_routes():
        for thing, name in re.findall(r"([\w-]+)/<\w+:(\w+)>", route.path):
            names[thing].add(name)
    assert {thing: found for thing, found in names.items() if len(found) > 1} == {}
    assert len(names) > 20


def test_an_id_is_called_after_its_thing() -> None:
    """`cases/<uuid:case_id>`: in addresses, in the schema and so in the client."""
    found = {
        (thing, name)
        for route in api_routes()
        for thing, name in re.findall(r"([\w-]+)/<uuid:(\w+)>", route.path)
    }
    # a person's; a second mask; jobs of one kind of end; of access alone
    by_another = {
        ("qualifications", "user_id"),
        ("changes", "other_id"),
        ("failed-jobs", "job_id"),
        ("access-requests", "request_id"),
    }

    def singular(thing: str) -> str:
        plain = thing.replace("-", "_")
        if plain.endswith("ies"):
            return plain.removesuffix("ies") + "y"
        return plain.removesuffix("es") if plain.endswith("ches") else plain.removesuffix("s")

    called_otherwise = {
        (thing, name) for thing, name in found if name not in (f"{singular(thing)}_id", f"{thing}_id")
    }
    assert called_otherwise == by_another
    assert len(found) > 20


@pytest.mark.parametrize(("reader", "ending"), [("parse", "Input"), ("parse_query", "Query")])
def test_what_a_view_reads_is_called_so(reader: str, ending: str) -> None:
    read = {
        ast.unparse(node.args[0])
        for path in VIEWS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"self.{reader}"
    }
    assert len(read) > 3
    assert {name for name in read if not name.endswith(ending)} == set()


def test_every_fact_of_a_series_has_its_words_on_the_page() -> None:
    page = (BACKEND.parent / "frontend" / "src" / "components" / "imaging" / "facts.ts").read_text()
    table = page[page.index("FACT_NAMES") : page.index("};")]
    named = set(re.findall(r"^  (\w+):", table, re.MULTILINE))
    kept = {number.fact for name in ("_NUMBERS", "_AVERAGED") for number in vars(allowlist)[name]}
    kept |= set(vars(allowlist)["_WORDS"])
    kept |= set(re.findall(r'facts\["(\w+)"\]', Path(str(allowlist.__file__)).read_text()))
    assert {"kvp", "ctdi_vol_mgy", "contrast_phase_candidate", "device_hmac"} <= kept
    assert kept - named == set()
