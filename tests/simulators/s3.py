"""A bucket behind S3's protocol on loopback: put, get with a range, delete, list. It checks no signature."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import environs

from voicex_project.recordings import recordings_store

NAME = "voicex-test"


class Bucket:
    def __init__(self, endpoint: str, objects: dict[str, bytes]) -> None:
        self.endpoint = endpoint
        self.objects = objects

    def options(self) -> dict[str, Any]:
        """What the product's settings make of an environment that names this bucket."""
        given = {
            "RECORDINGS_BUCKET": NAME,
            "RECORDINGS_ENDPOINT": self.endpoint,
            "RECORDINGS_REGION": "eu-central-1",
            "RECORDINGS_ACCESS_KEY": "test",
            "RECORDINGS_SECRET_KEY": "test",
        }

        class Given(environs.Env):
            def str(self, name: str, default: Any = "", **_: Any) -> Any:
                return given.get(name, default)

        options: dict[str, Any] = recordings_store(Given(), None)["OPTIONS"]  # type: ignore[arg-type]
        return options


@contextmanager
def simulated_bucket() -> Iterator[Bucket]:
    objects: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _key(self) -> str:
            return unquote(urlsplit(self.path).path).removeprefix(f"/{NAME}").lstrip("/")

        def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def do_PUT(self) -> None:
            objects[self._key()] = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(200, ETag='"x"')

        def do_DELETE(self) -> None:
            objects.pop(self._key(), None)
            self._answer(204)

        def do_GET(self) -> None:
            if not self._key():
                self._list()
                return
            body = objects.get(self._key())
            if body is None:
                missing = b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>"
                self._answer(404, missing, Content_Type="application/xml")
                return
            found = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            if found is None:
                self._answer(200, body, ETag='"x"')
                return
            part = body[int(found[1]) : int(found[2]) + 1 if found[2] else None]
            self._answer(206, part, Content_Range=f"bytes {found[1]}-{len(body) - 1}/{len(body)}")

        do_HEAD = do_GET

        def _list(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            prefix, delimiter = asked.get("prefix", [""])[0], asked.get("delimiter", [""])[0]
            keys = sorted(key for key in list(objects) if key.startswith(prefix))
            folders = {
                prefix + key[len(prefix) :].split(delimiter)[0] + delimiter
                for key in keys
                if delimiter and delimiter in key[len(prefix) :]
            }
            shown = [key for key in keys if not any(key.startswith(folder) for folder in folders)]
            body = "<ListBucketResult>" + "".join(
                f"<Contents><Key>{escape(key)}</Key><Size>{len(objects[key])}</Size></Contents>"
                for key in shown
            )
            body += "".join(
                f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>"
                for folder in sorted(folders)
            )
            body += "<IsTruncated>false</IsTruncated></ListBucketResult>"
            self._answer(200, body.encode(), Content_Type="application/xml")

        def log_message(self, *args: Any) -> None:
            """Nothing: requests are not what is tested."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Bucket(f"http://127.0.0.1:{server.server_address[1]}", objects)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
