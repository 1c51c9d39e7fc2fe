from django.apps import AppConfig


class ChallengeConfig(AppConfig):
    name = "backend.challenge"
    label = "challenge"
    default_auto_field = "django.db.models.BigAutoField"
