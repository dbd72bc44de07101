"""A web server for the static files and a blank page, for tests that need no product behind them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

STATIC = Path(__file__).resolve().parents[2] / "static"


class Handler(SimpleHTTPRequestHandler):
    """`/` is an empty page, everything else a file of static/."""

    def do_GET(self) -> None:  # noqa: N802  the base class's name
        if self.path != "/":
            super().do_GET()
            return
        body = b"<!doctype html><title>blank</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: a failing test shows the browser's own console."""


@contextmanager
def static_site() -> Iterator[str]:
    """Yields its address; `localhost`, so that the browser gives it a microphone."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(STATIC))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(5)
