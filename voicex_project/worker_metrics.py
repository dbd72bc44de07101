"""/metrics of the worker, which serves nothing else: a small server of its own in a thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.conf import settings
from django.db import connections
from prometheus_client import make_wsgi_app

import calls.queue_figures  # noqa: F401  # for what it registers
from voicex_project.metrics_access import DENIED, may_read

StartResponse = Callable[..., Any]
figures = make_wsgi_app()


class Server6(WSGIServer):
    address_family = socket.AF_INET6


class QuietHandler(WSGIRequestHandler):
    """Each scrape would be a line."""

    timeout = 5

    def log_message(self, format: str, *args: Any) -> None:
        pass


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    headers = {"HTTP_AUTHORIZATION": ""} | environ
    is_allowed = may_read(headers["REMOTE_ADDR"], headers["HTTP_AUTHORIZATION"])
    if environ["PATH_INFO"] != "/metrics" or not is_allowed:
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [DENIED.encode()]
    try:
        return list(figures(environ, start_response))
    finally:
        connections.close_all()  # this thread's: the queue is read from the database


def serve_metrics() -> WSGIServer:
    """On WORKER_METRICS_PORT, until the process ends. Raises OSError when the port is taken."""
    kind = Server6 if ":" in settings.HOST else WSGIServer
    server = make_server(settings.HOST, settings.WORKER_METRICS_PORT, application, kind, QuietHandler)
    threading.Thread(target=server.serve_forever, name="worker metrics", daemon=True).start()
    return server
