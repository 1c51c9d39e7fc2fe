"""Websocket consumers: they check permission, on connect and on each command, and pass messages on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from backend.accounts.models import User
from backend.accounts.selectors import user_by_id
from backend.annotation.selectors import assignments_visible_to
from backend.common.models import JobState
from backend.common.tasks import changed
from backend.pipeline.selectors import jobs_of
from backend.projects.models import Project, Role
from backend.projects.selectors import has_role, projects_visible_to
from backend.realtime.forward import job_news
from backend.realtime.messages import JobNews, Pong, Snapshot
from backend.realtime.streams import assignment_stream, project_stream, sequence_of

CLOSE_NOT_FOUND = 4404
CLOSE_NOT_SIGNED_IN = 4401
CLOSE_BAD_MESSAGE = 4400
SNAPSHOT_JOBS = 200


class StreamConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    """One person's stream. Subclasses say what it is about and whether the person may have it."""

    stream: str = ""

    def find_stream(self, user: User) -> str | None:
        """The stream's group where the user may have it, else None. Called again on each command."""
        raise NotImplementedError

    def find_jobs(self, user: User) -> list[JobNews]:
        """The jobs of the snapshot."""
        return []

    def _user(self) -> User | None:
        scoped = self.scope.get("user")
        return user_by_id(scoped.pk) if scoped is not None and scoped.is_authenticated else None

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
        if stream is None:
            await self.accept()  # only then does a browser learn the reason
            await self.close(CLOSE_NOT_SIGNED_IN if user is None else CLOSE_NOT_FOUND)
            return
        self.stream = stream
        await self.channel_layer.group_add(stream, self.channel_name)
        await self.accept()
        await self.send_json(await database_sync_to_async(self._snapshot)())

    async def disconnect(self, code: int) -> None:
        if self.stream:
            await self.channel_layer.group_discard(self.stream, self.channel_name)

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
        if self.stream and await database_sync_to_async(self._stream_now)() == self.stream:
            return True
        await self.close(CLOSE_NOT_FOUND)
        return False

    async def deliver(self, event: dict[str, Any]) -> None:
        """From the channel layer: a message for this stream."""
        await self.send_json(event["news"])

    async def recheck(self, event: dict[str, Any]) -> None:
        """From the channel layer: the person's membership changed."""
        await self._still_allowed()


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
