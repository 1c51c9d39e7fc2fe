from django.apps import AppConfig


class ProgressConfig(AppConfig):
    name = "backend.progress"
    label = "progress"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.progress.selectors import case_counts
        from backend.projects.selectors import register_project_counts

        register_project_counts(case_counts)
