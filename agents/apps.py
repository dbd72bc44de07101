from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AgentsConfig(AppConfig):
    name = "agents"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # As Django fills its own tables of permissions: whoever migrates has this release's catalogue.
        services = import_module("agents.catalogue.services")
        post_migrate.connect(services.fill_after_migration, sender=self)
