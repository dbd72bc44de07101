"""Fetches the human recordings in the transcriber's source distribution; they are not ours to keep."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from voice.audio.wav import read_wav

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".cache" / "human-speech"
PACKAGE = "pocketsphinx"
# Holds the version whose recordings are all there.
MARKER = "complete"
FETCH_TIMEOUT_S = 120
# Folders of its test data with clips and a file that says what is said in them: "<s> words </s> (name)".
SETS = {"cards": "cards/cards.transcription", "book": "librivox/transcription"}
LINE = re.compile(r"^<s>(?P<text>.*?)</s>\s*\((?P<name>[^)]+)\)$")
MOST_CLIP_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class Clip:
    """One person saying `text`; 16-bit PCM at 16 kHz. `kind`: a key of SETS."""

    kind: str
    text: str
    pcm: bytes


class NotFetched(Exception):
    """The recordings are not there and cannot be had; the message says why."""


def pinned_version() -> str:
    pins = (ROOT / "requirements.txt").read_text()
    found = re.search(rf"^{PACKAGE}==(\S+)", pins, re.MULTILINE)
    if found is None:
        raise NotFetched(f"requirements.txt pins no {PACKAGE}")
    return found.group(1)


def fetch(folder: Path = FOLDER) -> None:
    """Does nothing when they are there. Raises NotFetched."""
    version, marker = pinned_version(), folder / MARKER
    if marker.exists() and marker.read_text() == version:
        return
    with tempfile.TemporaryDirectory() as temporary:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        # Of this package only: what pip needs to look into the source comes ready-made.
        command += ["--no-input", "--no-deps", "--no-binary", PACKAGE, "--dest", temporary]
        command.append(f"{PACKAGE}=={version}")
        try:
            subprocess.run(command, check=True, timeout=FETCH_TIMEOUT_S, capture_output=True, text=True)
        except subprocess.CalledProcessError as error:
            lines = [line for line in error.stderr.splitlines() if line.strip()]
            reason = lines[-1] if lines else "pip failed"
            raise NotFetched(f"pip could not download {PACKAGE}'s source: {reason}") from error
        except subprocess.TimeoutExpired as error:
            raise NotFetched(f"pip took more than {FETCH_TIMEOUT_S} s") from error
        archives = list(Path(temporary).glob(f"{PACKAGE}-*.tar.gz"))
        if not archives:
            raise NotFetched(f"pip downloaded no source of {PACKAGE}")
        _unpack(archives[0], folder)
    marker.write_text(version)


def _unpack(archive: Path, folder: Path) -> None:
    """Only the clips and their texts; names are checked, as an archive may hold any."""
    wanted = {PurePosixPath(path).parent.name for path in SETS.values()}
    with tarfile.open(archive) as tar:
        for member in tar:
            path = PurePosixPath(member.name)
            if not member.isfile() or path.parent.name not in wanted or member.size > MOST_CLIP_BYTES:
                continue
            if path.parts[1:3] != ("test", "data") or path.suffix not in {".wav", ".transcription", ""}:
                continue
            source = tar.extractfile(member)
            if source is None:
                continue
            target = folder / path.parent.name / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read())


def clips(folder: Path = FOLDER) -> Iterator[Clip]:
    """Raises NotFetched when they were never fetched."""
    if not (folder / MARKER).exists():
        raise NotFetched("the human recordings were not fetched; script/install --tests does it")
    for kind, transcription in SETS.items():
        for line in (folder / transcription).read_text().splitlines():
            match = LINE.match(line.strip())
            if match is None:
                continue
            pcm, rate_hz = read_wav(folder / Path(transcription).parent / f"{match['name']}.wav")
            if rate_hz != 16_000:
                raise NotFetched(f"{match['name']} has {rate_hz} Hz")
            yield Clip(kind, " ".join(match["text"].split()), pcm)


if __name__ == "__main__":
    try:
        fetch()
    except NotFetched as error:
        sys.exit(f"Human recordings for the speech tests: {error}")
