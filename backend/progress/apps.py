from django.apps import AppConfig


class ProgressConfig(AppConfig):
    name = "backend.progress"
    label = "progress"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.annotation.services.exercises import register_agreed_grades
        from backend.progress.evidence import answer_grades
        from backend.progress.selectors import case_counts
        from backend.projects.selectors import register_project_counts

        register_project_counts(case_counts)
        register_agreed_grades(answer_grades)
