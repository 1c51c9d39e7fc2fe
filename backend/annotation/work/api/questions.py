"""REST of questions on cases: asked in a task, read and answered by managers and experts."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.models import User
from backend.annotation.models import Question
from backend.annotation.work.api.base import AssignmentView
from backend.annotation.work.selectors import questions as selectors
from backend.annotation.work.serializers import questions as wire
from backend.annotation.work.services import questions
from backend.common.api import ApiView, paged
from backend.common.scopes import OWN_WORK
from backend.common.selectors import one_of
from backend.projects.guideline_api import GuidelineDraftSerializer
from backend.projects.selectors import MANAGERS_AND_EXPERTS, project_visible_to, require_role


class OwnQuestionsView(AssignmentView):
    @extend_schema(operation_id="questions_of_task", responses=wire.QuestionSerializer(many=True))
    def get(self, request: Request, assignment_id: UUID) -> Response:
        """What I have asked on the case of my task, with the answers."""
        case = self.assignment(assignment_id).task.case
        rows = [selectors.thread(row, self.actor) for row in selectors.questions_on(self.actor, case)]
        return Response(wire.QuestionSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="question_ask", request=wire.QuestionInput, responses={201: wire.QuestionSerializer}
    )
    def post(self, request: Request, assignment_id: UUID) -> Response:
        """Ask about the case of my task; nobody who rates it sees the question."""
        assignment = self.assignment(assignment_id)
        asked = questions.Asked(**self.parse(wire.QuestionInput))
        made = questions.ask(assignment=assignment, actor=self.actor, asked=asked)
        return _thread(made, self.actor, status=201)


class QuestionListView(ApiView):
    @extend_schema(
        operation_id="questions",
        parameters=[wire.QuestionsQuery],
        responses=paged(wire.QuestionLineSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """What people ask in the project, without their words (managers and experts)."""
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, *MANAGERS_AND_EXPERTS)
        state = self.parse_query(wire.QuestionsQuery)["state"]
        return self.page(selectors.lines(project, self.actor, state), wire.QuestionLineSerializer)


class AnsweredView(ApiView):
    @extend_schema(operation_id="questions_answered", responses=wire.AnsweredByVersionSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Which questions each version of the guidelines answers, of those that I may read."""
        project = project_visible_to(self.actor, slug)
        found = selectors.answered_by_versions(project, self.actor)
        rows = [{"number": number, "questions": found[number]} for number in sorted(found, reverse=True)]
        return Response(wire.AnsweredByVersionSerializer(rows, many=True).data)


class QuestionView(ApiView):
    """Base of views on one question of somebody else."""

    def question(self, question_id: UUID) -> Question:
        return one_of(selectors.questions_answered_by(self.actor), question_id)


class QuestionDetailView(QuestionView):
    @extend_schema(operation_id="question", responses=wire.QuestionSerializer)
    def get(self, request: Request, question_id: UUID) -> Response:
        """A question with its answers; that I have seen it is noted (managers and experts)."""
        shown = questions.show(question=self.question(question_id), reader=self.actor)
        return _thread(shown, self.actor)


class QuestionReplyView(ApiView):
    scopes = OWN_WORK

    @extend_schema(
        operation_id="question_reply", request=wire.ReplyInput, responses={201: wire.QuestionSerializer}
    )
    def post(self, request: Request, question_id: UUID) -> Response:
        """Answer, or ask again what I asked. 409 `question_closed`."""
        rows = selectors.questions_answered_by(self.actor) | selectors.own_questions(self.actor)
        question = one_of(rows, question_id)
        questions.reply(question=question, actor=self.actor, text=self.parse(wire.ReplyInput)["text"])
        return _thread(one_of(rows, question_id), self.actor, status=201)


class QuestionCloseView(ApiView):
    scopes = OWN_WORK

    @extend_schema(operation_id="question_close", request=None, responses={204: None})
    def post(self, request: Request, question_id: UUID) -> Response:
        """Note that a question is dealt with (managers and experts), or withdraw what I asked."""
        rows = selectors.questions_answered_by(self.actor) | selectors.own_questions(self.actor)
        questions.close(question=one_of(rows, question_id), actor=self.actor)
        return Response(status=204)


class QuestionDraftView(QuestionView):
    @extend_schema(operation_id="question_to_draft", request=None, responses=GuidelineDraftSerializer)
    def post(self, request: Request, question_id: UUID) -> Response:
        """Put the answer into the draft of the guidelines (manager). 409 `not_answered`."""
        draft = questions.take_into_draft(question=self.question(question_id), actor=self.actor)
        return Response(GuidelineDraftSerializer(draft).data)


def _thread(question: Question, reader: User, status: int = 200) -> Response:
    return Response(wire.QuestionSerializer(selectors.thread(question, reader)).data, status=status)


urlpatterns: list[URLPattern | URLResolver] = [
    path("assignments/<uuid:assignment_id>/questions", OwnQuestionsView.as_view()),
    path("projects/<slug:slug>/questions", QuestionListView.as_view()),
    path("projects/<slug:slug>/questions/answered", AnsweredView.as_view()),
    path("questions/<uuid:question_id>", QuestionDetailView.as_view()),
    path("questions/<uuid:question_id>/replies", QuestionReplyView.as_view()),
    path("questions/<uuid:question_id>/close", QuestionCloseView.as_view()),
    path("questions/<uuid:question_id>/guidelines", QuestionDraftView.as_view()),
]
