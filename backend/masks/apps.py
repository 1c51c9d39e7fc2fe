from django.apps import AppConfig


class MasksConfig(AppConfig):
    name = "backend.masks"
    label = "masks"
    default_auto_field = "django.db.models.BigAutoField"
