"""A project with somebody in every role and nothing in it yet: each area of deeds brings its own."""

from __future__ import annotations

from dataclasses import dataclass

from backend.accounts.models import User
from backend.projects.models import Project, Role
from tests.backend import factories, flow


@dataclass
class Crew:
    team: flow.Team
    people: dict[str, User]

    @property
    def project(self) -> Project:
        return self.team.project

    @property
    def manager(self) -> User:
        return self.team.manager

    @property
    def root(self) -> str:
        """The project's address."""
        return f"/api/v1/projects/{self.project.slug}"


def make_crew() -> Crew:
    team = flow.make_team(raters=3, radiologists=2)
    assert team.researcher is not None
    return Crew(
        team,
        {
            "manager": team.manager,
            "rater_a": team.raters[0],
            "rater_b": team.raters[1],
            "rater_c": team.raters[2],
            "expert": team.radiologists[0],
            "second": team.radiologists[1],
            "researcher": team.researcher,
            "physicist": factories.make_member(team.project, Role.PHYSICIST),
        },
    )
