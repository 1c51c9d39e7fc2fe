from django.apps import AppConfig


class MeasurementsConfig(AppConfig):
    name = "backend.measurements"
    label = "measurements"
    default_auto_field = "django.db.models.BigAutoField"
