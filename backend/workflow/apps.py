from django.apps import AppConfig


class WorkflowConfig(AppConfig):
    name = "backend.workflow"
    label = "workflow"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the apps: what they add to each other, and the table of events."""
        from backend.workflow import handlers, hooks

        hooks.connect()
        handlers.connect()
