from django.apps import AppConfig


class ReleasesConfig(AppConfig):
    name = "backend.releases"
    label = "releases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.pipeline.job_subjects import register_job_subjects
        from backend.pipeline.training_cases import register_training_source
        from backend.releases.selectors import releases_of_job_subjects
        from backend.releases.training_source import RELEASE, release_cases, release_choices

        register_job_subjects(releases_of_job_subjects)
        register_training_source(RELEASE, release_cases, release_choices)
