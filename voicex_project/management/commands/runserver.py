"""Daphne's runserver with our guard around the server: bounded queues, and a drain on a signal."""

from typing import Any

from daphne.management.commands.runserver import Command as DaphneCommand

from voicex_project.daphne_guard import GuardedServer


class Command(DaphneCommand):
    server_cls: Any = GuardedServer
