from django.apps import AppConfig


class ImagingConfig(AppConfig):
    name = "backend.imaging"
    label = "imaging"
    default_auto_field = "django.db.models.BigAutoField"
