"""REST of programs that sign in by a code (RFC 8628): what the program asks, and what a person answers."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle, BaseThrottle, UserRateThrottle

from backend.accounts import programs
from backend.accounts.program_errors import UnsupportedGrant
from backend.common.api import ApiView
from backend.common.contract import Told
from backend.common.scopes import SESSION_ONLY, Scope

JSON = "application/json"  # forms are taken too, as OAuth sends them
GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class AskedThrottle(AnonRateThrottle):
    """Programs that begin, from one address."""

    rate, scope = "30/min", "program_asks"


class CodeThrottle(UserRateThrottle):
    """Codes that one person looks at and answers: nobody tries them out."""

    rate, scope = "60/hour", "program_codes"


class ProgramField(serializers.CharField):
    """What a program calls itself: one printable line."""

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=60, **more)

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        if not text.isprintable():
            raise serializers.ValidationError("Use printable characters only.")
        return text


class ProgramInput(serializers.Serializer[Any]):
    client_id = ProgramField(help_text="What the program calls itself, such as `vertebase`")
    scope = serializers.ChoiceField(choices=Scope.choices, required=False, default=Scope.READ.value)
    device_name = ProgramField(required=False, allow_blank=True, default="", help_text="The machine's name")


class ProgramCodesSerializer(serializers.Serializer[Any]):
    """RFC 8628, section 3.2."""

    device_code = serializers.CharField(help_text="The program's secret, to fetch the token with")
    user_code = serializers.CharField(help_text="What the person enters at the site")
    verification_uri = serializers.CharField()
    verification_uri_complete = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds")
    interval = serializers.IntegerField(help_text="Seconds between two questions for the token")


class ProgramTokenInput(serializers.Serializer[Any]):
    grant_type = serializers.CharField(max_length=100, help_text=GRANT)
    device_code = serializers.CharField(max_length=100)
    client_id = ProgramField(help_text="The same as when it began")


class ProgramTokenSerializer(serializers.Serializer[Any]):
    """RFC 6749, section 5.1."""

    access_token = serializers.CharField()
    token_type = serializers.CharField()
    scope = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds")


class _OpenView(ApiView):
    """Asked by programs that are nobody yet; forms of OAuth or JSON."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = [JSONParser, FormParser, MultiPartParser]

    def handle_exception(self, exc: Exception) -> Response:
        """A refusal in the words of OAuth too (``error``, ``error_description``)."""
        response = super().handle_exception(exc)
        if isinstance(response.data, dict):
            code = response.data.get("code")
            word = "invalid_request" if code == "invalid" else code
            response.data |= {"error": word, "error_description": response.data.get("message", "")}
        return response


class ProgramCodesView(_OpenView):
    throttle_classes = [AskedThrottle]
    tells = {"POST": Told(sends=("Cache-Control",))}

    @extend_schema(
        operation_id="program_ask", request={JSON: ProgramInput}, responses=ProgramCodesSerializer, auth=[]
    )
    def post(self, request: Request) -> Response:
        """A program begins to sign in: it shows the code, and a person confirms it at the site (RFC 8628)."""
        said = self.parse(ProgramInput)
        asked = programs.ask(program=said["client_id"], scope=said["scope"], machine=said["device_name"])
        page = request.build_absolute_uri("/device")
        told = {
            "device_code": asked.device_code,
            "user_code": asked.user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}#{asked.user_code}",
            "expires_in": asked.expires_in,
            "interval": asked.interval,
        }
        return Response(ProgramCodesSerializer(told).data, headers={"Cache-Control": "no-store"})


class ProgramTokenView(_OpenView):
    tells = {"POST": Told(sends=("Cache-Control",))}

    @extend_schema(
        operation_id="program_token",
        request={JSON: ProgramTokenInput},
        responses=ProgramTokenSerializer,
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """The program asks for its token: 400 `authorization_pending` until the person has answered."""
        said = self.parse(ProgramTokenInput)
        if said["grant_type"] != GRANT:
            raise UnsupportedGrant
        fetched = programs.fetch(device_code=said["device_code"], program=said["client_id"])
        told = {
            "access_token": fetched.text,
            "token_type": "bearer",
            "scope": fetched.scope,
            "expires_in": int((fetched.expires_at - timezone.now()).total_seconds()),
        }
        return Response(ProgramTokenSerializer(told).data, headers={"Cache-Control": "no-store"})


class WaitingProgramSerializer(serializers.Serializer[Any]):
    """A program that waits to be allowed, as it describes itself."""

    program = serializers.CharField()
    machine = serializers.CharField()
    scope = serializers.ChoiceField(choices=Scope.choices)
    asked_at = serializers.DateTimeField(source="created_at")
    expires_at = serializers.DateTimeField()


class ProgramCodeInput(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=40)


class ProgramAnswerInput(ProgramCodeInput):
    allows = serializers.BooleanField()


class _CodeView(ApiView):
    """A person at the browser; no token lets another program in. The code stands in the body, in no log."""

    scopes = {"POST": SESSION_ONLY}

    def get_throttles(self) -> list[BaseThrottle]:
        return [*super().get_throttles(), CodeThrottle()]


class ProgramLookView(_CodeView):
    tells = {"POST": Told(refuses=(404,))}

    @extend_schema(operation_id="program_look", request=ProgramCodeInput, responses=WaitingProgramSerializer)
    def post(self, request: Request) -> Response:
        """Which program shows this code, and what it asks for; from now on only you answer it."""
        row = programs.look(user=self.actor, **self.parse(ProgramCodeInput))
        return Response(WaitingProgramSerializer(row).data)


class ProgramAnswerView(_CodeView):
    tells = {"POST": Told(refuses=(404,))}

    @extend_schema(
        operation_id="program_answer", request=ProgramAnswerInput, responses=WaitingProgramSerializer
    )
    def post(self, request: Request) -> Response:
        """Let the program that shows this code sign in as you, or refuse it."""
        row = programs.answer(user=self.actor, **self.parse(ProgramAnswerInput))
        return Response(WaitingProgramSerializer(row).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("device/code", ProgramCodesView.as_view()),
    path("device/token", ProgramTokenView.as_view()),
    path("me/programs/look", ProgramLookView.as_view()),
    path("me/programs/answer", ProgramAnswerView.as_view()),
]
