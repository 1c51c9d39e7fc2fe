from django.apps import AppConfig


class ConsensusConfig(AppConfig):
    name = "backend.consensus"
    label = "consensus"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.annotation.details import register_adjudication
        from backend.consensus import tasks  # noqa: F401  (registers the kinds of background work)
        from backend.consensus.selectors import adjudication_view, cases_of_comparisons
        from backend.pipeline.job_subjects import register_job_subjects

        register_adjudication(adjudication_view)
        register_job_subjects(cases_of_comparisons)
