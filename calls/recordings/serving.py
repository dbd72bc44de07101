"""A recording as a response: whole or in the range that a player asks for, never all of it in memory."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import IO

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from calls.models import Recording, RecordingState
from calls.recordings.links import FileKind
from calls.recordings.storage import open_from

CHUNK_BYTES = 64 * 1024
CONTENT_TYPES = {FileKind.WAV: "audio/wav", FileKind.MP3: "audio/mpeg"}
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z")


class FilePart:
    """Read in threads, so that a slow disk or bucket holds up nobody; closed with the response."""

    def __init__(self, file: IO[bytes], size_bytes: int) -> None:
        self._file = file
        self._size_bytes = size_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._size_bytes
        while left:
            chunk = await asyncio.to_thread(self._file.read, min(left, CHUNK_BYTES))
            if not chunk:
                return
            left -= len(chunk)
            yield chunk

    def close(self) -> None:
        self._file.close()


def recording_response(recording: Recording, kind: FileKind, request: HttpRequest) -> HttpResponseBase:
    """Raises Http404 while there is no file. `?download=1`: to be kept, not to be played."""
    name, size = (
        (recording.wav_name, recording.wav_bytes)
        if kind is FileKind.WAV
        else (recording.mp3_name, recording.mp3_bytes)
    )
    if recording.state != RecordingState.READY or not name:
        raise Http404("There is no such recording.")
    etag = f'"{name.rsplit("/")[-1].split(".")[0]}"'
    span = _range_of(request, size, etag)
    if span is None:
        response: HttpResponseBase = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{size}"
        return response
    first, last = span
    length = last - first + 1
    if request.method == "HEAD":
        response = HttpResponse()
    else:
        try:
            file = open_from(name, first)
        except FileNotFoundError:
            raise Http404("The recording is gone.") from None
        response = StreamingHttpResponse(FilePart(file, length))
    if length < size:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    manner = "attachment" if request.GET.get("download") else "inline"
    response["Content-Type"] = CONTENT_TYPES[kind]
    response["Content-Length"] = str(length)
    response["Content-Disposition"] = f'{manner}; filename="{_file_name(recording, kind)}"'
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-store"
    return response


def _range_of(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """First and last byte. None: there is nothing there. Several ranges, and what is none, mean the whole."""
    whole = 0, size - 1
    if request.headers.get("If-Range", etag) != etag:
        return whole
    found = RANGE.match(request.headers.get("Range", ""))
    if found is None or not any(found.groups()):
        return whole
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size - 1) if int(last) else None
    begin, end = int(first), min(int(last), size - 1) if last else size - 1
    if last and int(last) < begin:
        return whole
    return (begin, end) if begin < size else None


def _file_name(recording: Recording, kind: FileKind) -> str:
    return f"call-{recording.call.started_at:%Y-%m-%d-%H%M}-{recording.call_id}.{kind.value}"
