"""What views for the managers of a project share."""

from __future__ import annotations

from uuid import UUID

from backend.accounts.models import User
from backend.common.api import ApiView
from backend.projects.models import Project, Role
from backend.projects.selectors import person_in, project_visible_to, require_role


class ManagedProjectView(ApiView):
    """Base of views for the managers of a project; to others it is forbidden, to strangers not there."""

    def project(self, slug: str) -> Project:
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, Role.MANAGER)
        return project

    def member(self, project: Project, user_id: UUID) -> User:
        """One of the project's people; `NotFound` (``no_such_member``)."""
        return person_in(project, user_id)
