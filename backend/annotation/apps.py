from django.apps import AppConfig


class AnnotationConfig(AppConfig):
    name = "backend.annotation"
    label = "annotation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.annotation.selectors import (
            cases_by_volume,
            cases_of_job_subjects,
            volumes_through_assignments_q,
        )
        from backend.annotation.training_source import ACCEPTED, accepted_cases, accepted_choices
        from backend.imaging.selectors import register_series_facts, register_volume_access
        from backend.pipeline.job_subjects import register_job_subjects
        from backend.pipeline.training_cases import register_training_source

        register_volume_access(volumes_through_assignments_q)
        register_series_facts("case_id", cases_by_volume)
        register_job_subjects(cases_of_job_subjects)
        register_training_source(ACCEPTED, accepted_cases, accepted_choices)
