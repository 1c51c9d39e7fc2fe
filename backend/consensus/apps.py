from django.apps import AppConfig


class ConsensusConfig(AppConfig):
    name = "backend.consensus"
    label = "consensus"
    default_auto_field = "django.db.models.BigAutoField"
