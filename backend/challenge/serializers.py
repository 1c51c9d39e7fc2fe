"""The wire shapes of challenges."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.challenge.models import USUAL_TASKS, ChallengeTask, PhaseSplit, SubmissionState
from backend.challenge.reports import CaseReport, Checked, Standings
from backend.challenge.results import EvaluationResult
from backend.common.stored_wire import StoredSerializer


class CheckedSerializer(StoredSerializer):
    model = Checked


class CaseReportSerializer(StoredSerializer):
    model = CaseReport


class StandingsSerializer(StoredSerializer):
    model = Standings


class ChallengeInput(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=120)
    rules = serializers.CharField(max_length=20_000, help_text="Markdown")
    tasks = serializers.ListField(
        child=serializers.ChoiceField(choices=ChallengeTask.choices), default=list(USUAL_TASKS)
    )


class ChallengePhaseInput(serializers.Serializer[Any]):
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()
    daily_limit = serializers.IntegerField(min_value=1, max_value=20, default=3)


class TeamInput(serializers.Serializer[Any]):
    name = serializers.RegexField(r"^[^\x00-\x1f\x7f]+$", max_length=60)
    accepts_rules = serializers.BooleanField()


class JoinInput(serializers.Serializer[Any]):
    accepts_rules = serializers.BooleanField()


class ChallengePhaseSerializer(serializers.Serializer[Any]):
    split = serializers.ChoiceField(choices=PhaseSplit.choices)
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()
    daily_limit = serializers.IntegerField()
    state = serializers.ChoiceField(choices=["ahead", "open", "over"])
    secret = serializers.BooleanField(help_text="Scores are kept back until it ends")
    left_today = serializers.IntegerField(
        allow_null=True, help_text="Submissions that my team may still send today (UTC); null without a team"
    )
    makes_keys = serializers.BooleanField(help_text="I make keys to sign results of it with")
    reads_keys = serializers.BooleanField(help_text="I see its keys, and may revoke them")


class EvaluationKeyInput(serializers.Serializer[Any]):
    name = serializers.RegexField(
        r"^[^\x00-\x1f\x7f]+$", max_length=60, help_text="Who evaluates with it; stands on the leaderboard"
    )


class EvaluationKeySerializer(serializers.Serializer[Any]):
    """A key without its secret."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    made_by = serializers.CharField()
    made_at = serializers.DateTimeField()
    used_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class EvaluationKeyFileSerializer(serializers.Serializer[Any]):
    """A key as `vertebase evaluate` reads it from a file; the secret is told this once."""

    format = serializers.CharField()
    site = serializers.URLField()
    key = serializers.UUIDField()
    secret = serializers.CharField()
    name = serializers.CharField()
    challenge = serializers.UUIDField()
    split = serializers.ChoiceField(choices=PhaseSplit.choices)
    version = serializers.CharField()
    manifest_sha256 = serializers.CharField()


class EvaluationResultSerializer(StoredSerializer):
    model = EvaluationResult


class SignedResultInput(serializers.Serializer[Any]):
    result = EvaluationResultSerializer()
    signature = serializers.CharField(help_text="HMAC-SHA256 over the result as canonical JSON, hexadecimal")


class SignedResultTakenSerializer(serializers.Serializer[Any]):
    """That a result was taken; scores are shown as those of every submission."""

    submission_id = serializers.UUIDField()
    team = serializers.CharField()
    split = serializers.ChoiceField(choices=PhaseSplit.choices)


class ChallengeReleaseSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    version = serializers.CharField()


class ChallengeProjectSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()


class ChallengeSummarySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    release = ChallengeReleaseSerializer()
    project = ChallengeProjectSerializer()
    tasks = serializers.ListField(child=serializers.ChoiceField(choices=ChallengeTask.choices))
    opened_at = serializers.DateTimeField(allow_null=True, help_text="null: a draft")
    closes_at = serializers.DateTimeField(allow_null=True, help_text="Of the last phase")
    teams_count = serializers.IntegerField()


class TeamMemberSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    captain = serializers.BooleanField()
    me = serializers.BooleanField()
    joined_at = serializers.DateTimeField(allow_null=True, help_text="null: has asked to join")


class TeamSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    members_count = serializers.IntegerField()
    members = TeamMemberSerializer(many=True, help_text="Of one's own team, or all to organisers; else empty")


class ChallengeSerializer(ChallengeSummarySerializer):
    rules = serializers.CharField(help_text="Markdown")
    phases = ChallengePhaseSerializer(many=True)
    organiser = serializers.BooleanField()
    may_take_part = serializers.BooleanField(help_text="Not whoever manages, rates or reviews in its project")
    my_team = serializers.UUIDField(allow_null=True, help_text="The team I am in")
    asked_team = serializers.UUIDField(allow_null=True, help_text="The team that I have asked to join")
    captain = serializers.BooleanField(help_text="Whether I lead my team")
    teams = TeamSerializer(many=True)


class ChallengeSubmissionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    split = serializers.ChoiceField(choices=PhaseSplit.choices)
    team = serializers.CharField()
    sent_by = serializers.CharField()
    evaluated_by = serializers.CharField(help_text="Who evaluated it elsewhere; empty: this site")
    sent_at = serializers.DateTimeField()
    size_bytes = serializers.IntegerField()
    state = serializers.ChoiceField(choices=SubmissionState.choices)
    progress = serializers.FloatField(help_text="0..1")
    check = CheckedSerializer(allow_null=True, help_text="null: not checked yet")
    evaluated_at = serializers.DateTimeField(allow_null=True)


class PendingSubmissionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    size_bytes = serializers.IntegerField()
    offset_bytes = serializers.IntegerField(help_text="How much of it has arrived")
    begun_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(help_text="When it is deleted, should nothing more arrive")


class CaseScoreSerializer(serializers.Serializer[Any]):
    case = serializers.CharField()
    item_id = serializers.UUIDField()
    absent = serializers.BooleanField(help_text="No prediction: every vertebra counts as missed")
    report = CaseReportSerializer()


class ChallengeSubmissionDetailSerializer(ChallengeSubmissionSerializer):
    cases = CaseScoreSerializer(many=True, allow_null=True, help_text="null: kept back now")


class LeaderboardSerializer(serializers.Serializer[Any]):
    split = serializers.ChoiceField(choices=PhaseSplit.choices)
    kept_back_until = serializers.DateTimeField(allow_null=True)
    board_at = serializers.DateTimeField(allow_null=True)
    board = StandingsSerializer(allow_null=True, help_text="null: kept back until the phase ends")
