"""The addresses that MONAI Label's clients ask (its server's REST), over a person's own tasks."""

from __future__ import annotations

import json
import secrets
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, re_path
from django.utils.http import content_disposition_header
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.selectors import valid_token
from backend.annotation.models import Case
from backend.annotation.work.api.base import MAX_DELTA_BYTES
from backend.common.api import ScopeTooNarrow
from backend.common.errors import Invalid, TooLarge
from backend.common.scopes import OWN_WORK, Scope, covers
from backend.common.storage import blob_response
from backend.interchange.asking import ProgramView
from backend.interchange.monailabel import clicks, engine, selectors
from backend.interchange.monailabel.services import save_label

BYTES = "application/octet-stream"
PROPOSAL = selectors.Model(
    selectors.MODEL, "segmentation", "The engine's proposal for the task, where it starts from one"
)
CLICKS = selectors.Model(
    clicks.MODEL, "deepgrow", "One vertebra by clicks; the segment is called after its level"
)
ENGINE = selectors.Model(engine.MODEL, "segmentation", "The engine, now, on a case that you manage")


class MonaiView(ProgramView):
    """Base of the views: one's own work, and nothing else."""

    scopes = OWN_WORK
    parser_classes = [MultiPartParser, FormParser, JSONParser]

    def managed_case(self, name: str) -> Case | None:
        """The case of that name, where it is one that the person manages and does not rate."""
        return engine.case_called(self.actor, name) if engine.SEPARATOR in name else None

    def asked(self, name: str) -> str:
        word: str = self.request.query_params.get(name, "")
        if not word:
            raise Invalid("invalid", f"{name}: say which.")
        return word

    @property
    def params(self) -> dict[str, Any]:
        """What the client sends beside a file, as JSON in a field of its own."""
        try:
            form: Any = self.request.data
            found = json.loads(form.get("params") or "{}")
        except (ValueError, TypeError, AttributeError) as exc:
            raise Invalid("invalid", "params: no JSON.") from exc
        return found if isinstance(found, dict) else {}


@extend_schema(exclude=True)
class AuthView(ProgramView):
    permission_classes = [AllowAny]

    def get(self, request: Request) -> Response:
        """That one has to sign in."""
        return Response({"enabled": True, "client_id": "vertebase", "realm": ""})


@extend_schema(exclude=True)
class AuthTokenView(ProgramView):
    permission_classes = [AllowAny]
    authentication_classes: Any = []
    parser_classes = [FormParser, MultiPartParser, JSONParser]

    def post(self, request: Request) -> Response:
        """Sign in: the password is a token made on the site. It is given back as the one to send."""
        form: Any = request.data
        text = str(form.get("password", "")) if isinstance(form, dict) else ""
        if valid_token(text=text) is None:
            raise AuthenticationFailed("The password is no token of this site, or one that has expired.")
        return Response({"access_token": text, "token_type": "bearer"})


@extend_schema(exclude=True)
class AuthValidView(ProgramView):
    def get(self, request: Request) -> Response:
        """Who one is."""
        person = self.actor
        return Response(
            {"username": person.email, "email": person.email, "name": person.name, "roles": ["user"]}
        )


@extend_schema(exclude=True)
class InfoView(MonaiView):
    def get(self, request: Request) -> Response:
        """What the site can do: labels, the engine, counts of tasks."""
        models = [PROPOSAL, CLICKS, *([ENGINE] if engine.cases_for(self.actor) else [])]
        return Response(selectors.info(self.actor, models))


@extend_schema(exclude=True)
class DatastoreView(MonaiView):
    def get(self, request: Request) -> Response:
        """One's own tasks: counts, or every one (``output=all``)."""
        tasks = selectors.tasks_of(self.actor)
        output = request.query_params.get("output", "stats")
        if output == "all":
            return Response(selectors.listing(tasks, engine.cases_for(self.actor)))
        return Response([] if output == "train" else selectors.status(tasks))


@extend_schema(exclude=True)
class ImageView(MonaiView):
    def get(self, request: Request) -> HttpResponseBase:
        """The CT of a task, or of a case that one manages, as NIfTI."""
        name = self.asked("image")
        case = self.managed_case(name)
        volume = (case or selectors.task_called(self.actor, name).task.case).volume
        return blob_response(
            request=request._request,
            blob=volume.nifti,
            filename=f"{name}{selectors.NIFTI}",
            media_type=BYTES,
        )


@extend_schema(exclude=True)
class LabelView(MonaiView):
    def get(self, request: Request) -> HttpResponse:
        """One's own mask as it stands, as NIfTI."""
        name = self.asked("label")
        form = selectors.Form(selectors.NIFTI, as_series=selectors.is_series_uid(name))
        return file_of(selectors.mask_in_hand(selectors.task_called(self.actor, name), form))

    def put(self, request: Request) -> Response:
        """Take a mask in that was edited elsewhere: NIfTI or ``.seg.nrrd``, in the form field ``label``.

        409 ``mask_moved_on`` where the mask was edited on the site since it was taken from there.
        """
        name = self.asked("image")
        assignment = selectors.task_called(self.actor, name)
        label = request.FILES.get("label")
        if label is None:
            raise Invalid("invalid", "label: send the mask as the file `label` of a form.")
        if (label.size or 0) > MAX_DELTA_BYTES:
            raise TooLarge(message="A mask may take 64 MB at the most, packed.")
        base = self.params.get("base_revision")
        saved = save_label(
            user=self.actor,
            assignment=assignment,
            content=label.read(),
            name=label.name or "mask.nii.gz",
            base_revision=base if isinstance(base, int) else None,
        )
        told = {"revision": saved.revision, "changed_voxels": saved.changed_voxels, "remarks": saved.remarks}
        return Response({"image": name, "label": name, **told})


@extend_schema(exclude=True)
class NextView(MonaiView):
    def post(self, request: Request, strategy: str) -> Response:
        """The task to do next, of those in hand; nothing where there is none."""
        tasks = selectors.tasks_of(self.actor)
        return Response(next((selectors.sample(name, one) for name, one in tasks.items()), {}))


@extend_schema(exclude=True)
class InferView(MonaiView):
    def post(self, request: Request, model: str) -> HttpResponse | Response:
        """A mask by one of the models: file and words in one form, or one of them (``output``)."""
        ways = {PROPOSAL.name: self._proposal, CLICKS.name: self._clicks, ENGINE.name: self._engine}
        if model not in ways:
            raise Invalid("unknown_engine", f"There is no model {model!r} here, only {', '.join(ways)}.")
        name, params = self.asked("image"), self.params
        ending = selectors.NIFTI
        if str(params.get("result_extension", "")).endswith(".nrrd"):
            ending = selectors.SEGMENTATION
        words: dict[str, Any] = {"label_names": selectors.level_numbers()}
        form = selectors.Form(ending, as_series=selectors.is_series_uid(name))
        made = ways[model](name, params, form)
        output = request.query_params.get("output", "all")
        if output == "json":
            return Response(words)
        return file_of(made) if output == "image" else _form(made, words)

    def _proposal(self, name: str, params: dict[str, Any], form: selectors.Form) -> selectors.MaskFile:
        return selectors.proposal(selectors.task_called(self.actor, name), form)

    def _clicks(self, name: str, params: dict[str, Any], form: selectors.Form) -> selectors.MaskFile:
        return clicks.clicked(selectors.task_called(self.actor, name), params, form)

    def _engine(self, name: str, params: dict[str, Any], form: selectors.Form) -> selectors.MaskFile:
        case = engine.case_called(self.actor, name)
        token: Any = self.request.auth
        if token is not None and not covers(token.scope, Scope.MANAGE):
            raise ScopeTooNarrow(extra={"needed": Scope.MANAGE.value, "scope": token.scope})
        return engine.engine_mask(self.actor, case, form)


def file_of(made: selectors.MaskFile) -> HttpResponse:
    response = HttpResponse(made.content, content_type=BYTES)
    response["Content-Disposition"] = str(content_disposition_header(True, made.name))
    response["Cache-Control"] = "private, no-store"
    return response


def _form(made: selectors.MaskFile, words: dict[str, Any]) -> HttpResponse:
    boundary = secrets.token_hex(16)
    parts = (
        ('name="params"', "application/json", json.dumps(words).encode()),
        (f'name="image"; filename="{made.name}"', BYTES, made.content),
    )
    body = b"".join(
        f"--{boundary}\r\nContent-Disposition: form-data; {name}\r\nContent-Type: {kind}\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, kind, content in parts
    )
    return HttpResponse(
        body + f"--{boundary}--\r\n".encode(), content_type=f"multipart/form-data; boundary={boundary}"
    )


urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"^monailabel/auth/?$", AuthView.as_view()),
    re_path(r"^monailabel/auth/token/?$", AuthTokenView.as_view()),
    re_path(r"^monailabel/auth/token/valid/?$", AuthValidView.as_view()),
    re_path(r"^monailabel/info/?$", InfoView.as_view()),
    re_path(r"^monailabel/datastore/?$", DatastoreView.as_view()),
    re_path(r"^monailabel/datastore/image/?$", ImageView.as_view()),
    re_path(r"^monailabel/datastore/label/?$", LabelView.as_view()),
    re_path(r"^monailabel/activelearning/(?P<strategy>[^/]+)/?$", NextView.as_view()),
    re_path(r"^monailabel/infer/(?P<model>[^/]+)/?$", InferView.as_view()),
]
