from django.apps import AppConfig


class ConsensusConfig(AppConfig):
    name = "backend.consensus"
    label = "consensus"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.annotation.details import register_adjudication
        from backend.consensus import tasks  # noqa: F401  (registers the kinds of background work)
        from backend.consensus.selectors import adjudication_view

        register_adjudication(adjudication_view)
