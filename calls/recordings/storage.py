"""Where recordings lie: in Django's storage named "recordings", in a folder for each call.

<call id>/segments/000012.sound    ten seconds of a call's sound log (voice.audio.sound_log)
<call id>/<random>.wav, .mp3       what was made of them
"""

from __future__ import annotations

from typing import IO, Any, cast

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, storages

from accounts.ids import is_id

SEGMENTS = "segments"
SUFFIX = ".sound"


def recording_storage() -> Storage:
    return storages["recordings"]


def segment_save(call_id: str, index: int, segment: bytes) -> None:
    """The same one again replaces it. Raises OSError, or what the storage's client raises."""
    recording_storage().save(_segment_name(call_id, index), ContentFile(segment))


def segment_read(call_id: str, index: int) -> bytes:
    with recording_storage().open(_segment_name(call_id, index)) as file:
        return cast(bytes, file.read())


def segments_listed(call_id: str) -> list[int]:
    """The numbers of those that there are, in order."""
    stems = [
        name.removesuffix(SUFFIX)
        for name in _listed(f"{_folder(call_id)}/{SEGMENTS}")[1]
        if name.endswith(SUFFIX)
    ]
    return sorted(int(stem) for stem in stems if stem.isdecimal())


def segments_remove(call_id: str) -> None:
    for index in segments_listed(call_id):
        recording_storage().delete(_segment_name(call_id, index))
    _remove_folder(f"{_folder(call_id)}/{SEGMENTS}")


def files_listed(call_id: str) -> list[str]:
    """The names of what was made."""
    folder = _folder(call_id)
    return [f"{folder}/{name}" for name in _listed(folder)[1]]


def folders_listed() -> list[str]:
    """The ids of calls of which there is anything."""
    return [name for name in _listed("")[0] if is_id(name)]


def folder_remove(call_id: str) -> None:
    """Everything that there is of a call."""
    segments_remove(call_id)
    for name in files_listed(call_id):
        recording_storage().delete(name)
    _remove_folder(_folder(call_id))


def open_from(name: str, start: int) -> IO[bytes]:
    """From this byte on, of a bucket's object nothing else is fetched. Raises FileNotFoundError."""
    storage: Any = recording_storage()
    if isinstance(storage, FileSystemStorage):
        file = storage.open(name)
        file.seek(start)
        return cast(IO[bytes], file)
    try:
        found = storage.bucket.Object(name).get(Range=f"bytes={start}-")
    except storage.bucket.meta.client.exceptions.NoSuchKey:
        raise FileNotFoundError(name) from None
    return cast(IO[bytes], found["Body"])


def _segment_name(call_id: str, index: int) -> str:
    return f"{_folder(call_id)}/{SEGMENTS}/{index:06d}{SUFFIX}"


def _folder(call_id: str) -> str:
    """Raises ValueError for what is no call id, so that no id leads out of the folder."""
    if not is_id(call_id):
        raise ValueError("not a call id")
    return call_id


def _listed(folder: str) -> tuple[list[str], list[str]]:
    try:
        folders, files = recording_storage().listdir(folder)
    except FileNotFoundError:
        return [], []
    return folders, files


def _remove_folder(folder: str) -> None:
    """A bucket has none. One that something was put into meanwhile stays."""
    storage = recording_storage()
    if isinstance(storage, FileSystemStorage):
        try:
            storage.delete(folder)
        except OSError:
            return
