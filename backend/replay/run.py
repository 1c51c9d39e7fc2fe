"""A replay from its first step to its report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.replay import checking, report, steps
from backend.replay.own_site import OwnSite
from backend.replay.people import People, read_accounts
from backend.replay.recipe import make_recipe
from backend.replay.scenes import Scenes
from backend.replay.state import State

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a replay is started with."""

    share: float
    seed: int
    slug: str
    folder: Path
    address: str  # empty: a site of its own
    accounts: Path | None
    workers: int
    synthesis: str


def replay(asked: Asked, tell: Tell) -> tuple[Path, int]:
    """Do what is left to do; the report's page, and how many figures are not as wanted.

    Raises whatever a step met; started again it goes on there.
    """
    recipe = make_recipe(asked.share, asked.seed)
    given = {"share": asked.share, "seed": asked.seed, "project": asked.slug, "address": asked.address}
    state = State(asked.folder / "state.json", given)
    scenes = Scenes(asked.folder, recipe, asked.synthesis)
    state.run("scenes", lambda: scenes.make(lambda done, of: tell(f"{done} of {of} CTs are drawn")))
    own = None if asked.address else OwnSite(asked.folder, asked.workers)
    try:
        url = asked.address or _started(own, tell)
        people = People(url, asked.folder / "tokens.json", _accounts(asked, own))
        people.sign_in()
        _all(steps.Replay(asked.slug, asked.folder, recipe, scenes, people, state, tell))
    finally:
        if own is not None:
            own.stop()
    return finish(asked, state)


def _started(own: OwnSite | None, tell: Tell) -> str:
    if own is None:
        raise ValueError("a replay without an address has a site of its own")
    tell("Starting a site")
    url = own.start()
    tell(f"The site answers at {url}")
    return url


def _accounts(asked: Asked, own: OwnSite | None) -> Any:
    if own is not None:
        return own.accounts(asked.folder / "accounts.json")
    if asked.accounts is None:
        raise ValueError("a running site needs --accounts")
    return read_accounts(asked.accounts)


STEPS: tuple[tuple[str, Callable[[steps.Replay], dict[str, Any]]], ...] = (
    ("project", steps.found_project),
    ("calibrations", steps.enter_calibrations),
    ("upload", steps.upload),
    ("rate", steps.rate),
    ("release", steps.release),
    ("challenge", steps.challenge),
    ("boards", steps.boards),
)


def _all(one: steps.Replay) -> None:
    for name, step in STEPS:
        one.tell(f"{report.TITLES[name]} ...")
        one.state.run(name, lambda step=step: step(one))  # type: ignore[misc]


def finish(asked: Asked, state: State) -> tuple[Path, int]:
    """Hold the release against the recipe and write the report."""
    recipe = make_recipe(asked.share, asked.seed)
    statistics = state.steps["release"]["result"]["statistics"]
    table, p = checking.table_lines(recipe, statistics), checking.p_lines(recipe, statistics)
    told = {"asked": {"share": asked.share, "seed": asked.seed}, "steps": state.steps, "notes": state.notes}
    made, figures = report.make_report({**told, "table": table, "p": p})
    page = made.write(asked.folder / "report", figures)
    report.write_figures([*table, *p], asked.folder / "report" / "figures.json")
    return page, sum(not line.ok for line in [*table, *p])
