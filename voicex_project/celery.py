"""The Celery application: `celery -A voicex_project worker --beat-thread` is worker and beat in one process.

The product's work after a call is truth in rows (calls.models.Call); Celery only wakes who does it. So a lost
message costs some seconds until the next sweep, and messages of a sweep that nobody took are worth nothing.
"""

import importlib
import os
from pathlib import Path
from typing import Any

import click
from celery import Celery, bootsteps
from celery.beat import EmbeddedService, Scheduler
from celery.schedules import crontab
from celery.signals import worker_ready
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicex_project.settings")

SWEEP_EVERY_S = 10.0
TRANSPORT_ALIASES["filesystem"] = "voicex_project.file_broker:Transport"

app = Celery("voicex")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "calls-sweep": {
        "task": "calls.tasks.calls_sweep",
        "schedule": SWEEP_EVERY_S,
        "options": {"expires": SWEEP_EVERY_S},
    },
    "recordings-sweep": {
        "task": "calls.tasks.recordings_sweep",
        "schedule": SWEEP_EVERY_S,
        "options": {"expires": SWEEP_EVERY_S},
    },
    "recordings-remove": {
        "task": "calls.tasks.recordings_remove",
        "schedule": crontab(minute="37"),
        "options": {"expires": 3600},
    },
    "journals-remove": {
        "task": "calls.tasks.journals_remove",
        "schedule": crontab(minute="17"),
        "options": {"expires": 3600},
    },
}


class BeatThread(bootsteps.StartStopStep):
    """`--beat-thread`: beat inside the worker process.

    Celery's own `-B` forks a second process, which costs its memory and outlives a killed worker.
    """

    label = "BeatThread"
    conditional = True

    def __init__(self, worker: Any, beat_thread: bool = False, **options: Any) -> None:
        self.enabled = beat_thread
        super().__init__(worker, **options)

    def create(self, worker: Any) -> Any:
        # Nothing in the schedule needs the time of its last run: so no file to leave broken.
        return EmbeddedService(worker.app, thread=True, scheduler_cls=Scheduler)

    def stop(self, worker: Any) -> None:
        # Not waited for: it may be asleep until the next sweep, and it holds nothing that must be given back.
        self.obj.service.stop()


app.steps["worker"].add(BeatThread)
app.user_options["worker"].add(
    click.Option(["--beat-thread"], is_flag=True, help="Run beat as a thread of this worker.")
)


@app.on_after_configure.connect  # type: ignore[untyped-decorator]
def make_broker_folders(sender: Celery, **kwargs: Any) -> None:
    """The file-system broker does not make its own."""
    if sender.conf.broker_url and sender.conf.broker_url.startswith("filesystem:"):
        options = sender.conf.broker_transport_options
        for name in ("data_folder_in", "data_folder_out", "control_folder"):
            Path(options[name]).mkdir(parents=True, exist_ok=True)


@worker_ready.connect  # type: ignore[untyped-decorator]
def sweep_on_start(**kwargs: Any) -> None:
    """What a worker that died left behind does not wait for beat."""
    app.send_task("calls.tasks.calls_sweep")


@worker_ready.connect  # type: ignore[untyped-decorator]
def tell_figures(**kwargs: Any) -> None:
    if settings.WORKER_METRICS_PORT:
        importlib.import_module("voicex_project.worker_metrics").serve_metrics()
