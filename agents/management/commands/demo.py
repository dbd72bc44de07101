"""Makes sure that the demo organisation exists, and prints its sign-in and a new API key."""

from __future__ import annotations

import json as json_module
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from agents.demo.organisation import KEYS_KEPT, demo_ensure


class Command(BaseCommand):
    help = f"{__doc__} Each call mints a new key; the newest {KEYS_KEPT} stay valid."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")

    def handle(self, *args: Any, json: bool = False, **options: Any) -> None:
        if not settings.DEMO_PASSWORD:
            raise CommandError("With DEBUG off there is no demo organisation unless DEMO_PASSWORD is set.")
        demo = asdict(demo_ensure(settings.DEMO_PASSWORD))
        if json:
            self.stdout.write(json_module.dumps(demo))
        else:
            width = max(map(len, demo))
            self.stdout.write("\n".join(f"{name:<{width}}  {value}" for name, value in demo.items()))
