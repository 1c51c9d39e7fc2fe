"""Websocket consumers: they check permission, on connect and on each command, and pass messages on."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from backend.accounts.models import User
from backend.accounts.selectors import session_is_open, user_by_id
from backend.annotation.selectors import assignments_visible_to
from backend.common.models import JobState
from backend.common.tasks import changed
from backend.pipeline.jobs.selectors import jobs_of
from backend.projects.models import Project, Role
from backend.projects.selectors import has_role, projects_visible_to
from backend.realtime.forward import job_news
from backend.realtime.messages import CLOSE_NOT_SIGNED_IN, JobNews, Pong, Snapshot
from backend.realtime.streams import assignment_stream, own_groups, project_stream, sequence_of

CLOSE_NOT_FOUND = 4404
CLOSE_BAD_MESSAGE = 4400
SNAPSHOT_JOBS = 200
RECHECK_SECONDS = 30.0


class StreamConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    """One person's stream. Subclasses say what it is about and whether the person may have it."""

    stream: str = ""
    groups_joined: Sequence[str] = ()
    checked: float = 0.0

    def find_stream(self, user: User) -> str | None:
        """The stream's group where the user may have it, else None. Called again on each command."""
        raise NotImplementedError

    def find_jobs(self, user: User) -> list[JobNews]:
        """The jobs of the snapshot."""
        return []

    def _user(self) -> User | None:
        """Who listens, as long as the browser session that opened the socket lasts."""
        scoped, session = self.scope.get("user"), self.scope.get("session")
        if scoped is None or session is None or not scoped.is_authenticated:
            return None
        user = user_by_id(scoped.pk)
        key = session.session_key
        return user if user and key and session_is_open(session_key=key, user=user) else None

    def _stream_now(self) -> str | None:
        user = self._user()
        return self.find_stream(user) if user is not None else None

    def _snapshot(self) -> Snapshot:
        user = self._user()
        sequence = sequence_of(self.stream)
        return {"type": "snapshot", "seq": sequence, "jobs": self.find_jobs(user) if user is not None else []}

    async def connect(self) -> None:
        user = await database_sync_to_async(self._user)()
        stream = await database_sync_to_async(self._stream_now)()
        if user is None or stream is None:
            await self.accept()  # only then does a browser learn the reason
            await self.close(CLOSE_NOT_SIGNED_IN if user is None else CLOSE_NOT_FOUND)
            return
        self.stream = stream
        self.groups_joined = [stream, *own_groups(user.pk, self.scope["session"].session_key)]
        for group in self.groups_joined:
            await self.channel_layer.group_add(group, self.channel_name)
        self.checked = monotonic()
        await self.accept()
        await self.send_json(await database_sync_to_async(self._snapshot)())

    async def disconnect(self, code: int) -> None:
        for group in self.groups_joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any
    ) -> None:
        """Anything that is not a known command in JSON closes the socket."""
        try:
            command = await self.decode_json(text_data or "")
            kind = command["type"]
        except (ValueError, TypeError, KeyError):
            await self.close(CLOSE_BAD_MESSAGE)
            return
        if not await self._still_allowed():
            return
        if kind == "ping":
            pong: Pong = {
                "type": "pong",
                "seq": await database_sync_to_async(sequence_of)(self.stream),
            }
            await self.send_json(pong)
        elif kind == "resync":
            await self.send_json(await database_sync_to_async(self._snapshot)())
        else:
            await self.close(CLOSE_BAD_MESSAGE)

    async def _still_allowed(self) -> bool:
        user = await database_sync_to_async(self._user)()
        if user is None:
            await self.close(CLOSE_NOT_SIGNED_IN)
            return False
        if not self.stream or await database_sync_to_async(self.find_stream)(user) != self.stream:
            await self.close(CLOSE_NOT_FOUND)
            return False
        self.checked = monotonic()
        return True

    async def deliver(self, event: dict[str, Any]) -> None:
        """From the channel layer: a message for this stream. Who only listens is checked now and then."""
        if monotonic() - self.checked < RECHECK_SECONDS or await self._still_allowed():
            await self.send_json(event["news"])

    async def recheck(self, event: dict[str, Any]) -> None:
        """From the channel layer: the person's membership changed."""
        await self._still_allowed()

    async def leave(self, event: dict[str, Any]) -> None:
        """From the channel layer: what this socket was opened with has ended."""
        await self.close(event["code"])


class ProjectConsumer(StreamConsumer):
    """``/ws/projects/<slug>/``: what happens in a project, as far as one's role goes."""

    def _project(self, user: User) -> Project | None:
        slug = self.scope["url_route"]["kwargs"]["slug"]
        return projects_visible_to(user).filter(slug=slug).first()

    def find_stream(self, user: User) -> str | None:
        project = self._project(user)
        return project_stream(project.pk, user.pk) if project is not None else None

    def find_jobs(self, user: User) -> list[JobNews]:
        project = self._project(user)
        if project is None or not has_role(user, project, Role.MANAGER):
            return []
        jobs = jobs_of(project).filter(state__in=(JobState.QUEUED, JobState.RUNNING))
        return [job_news(changed(job)) for job in jobs[:SNAPSHOT_JOBS]]


class AssignmentConsumer(StreamConsumer):
    """``/ws/assignments/<id>/``: what happens to one's own assignment (returned, cancelled)."""

    def find_stream(self, user: User) -> str | None:
        assignment_id: UUID = self.scope["url_route"]["kwargs"]["assignment_id"]
        mine = assignments_visible_to(user).filter(pk=assignment_id)
        return assignment_stream(assignment_id) if mine.exists() else None
