from django.apps import AppConfig


class ReleasesConfig(AppConfig):
    name = "backend.releases"
    label = "releases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.pipeline.training_cases import register_training_source
        from backend.releases.training_source import RELEASE, release_cases, release_choices

        register_training_source(RELEASE, release_cases, release_choices)
