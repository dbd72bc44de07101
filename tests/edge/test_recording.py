"""A recorded call from its first sound to its files: what is in them is what each side heard, and when."""

from __future__ import annotations

import asyncio
import base64
import io
import time
import wave
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from agents.services import agent_update
from calls import services
from calls.models import Call, Recording
from calls.recordings import services as recordings
from calls.recordings import storage
from tests.audio.tone import tone
from tests.edge.asgi_client import AsgiClient
from tests.edge.conftest import Acme, Providers
from tests.edge.phone_client import PhoneClient
from tests.edge.test_phone import CALL_SID, begin
from tests.fakes.call import make_spec
from voice.audio.mulaw import pcm_of_mulaw
from voice.core.audio import PCM_16000, PCM_24000
from voice.core.clock import now_ms
from voice.core.events import AudioIn, AudioOut
from voice.edge import sound_recorder
from voice.edge.database import in_database
from voice.edge.sound_recorder import SEGMENT_S, SoundRecorder

LONG = "This is a long sentence that goes on for a while, so that somebody can interrupt it in the middle."
QUIET = 300


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    folder = tmp_path / "recordings"
    own = settings.STORAGES["recordings"]
    settings.STORAGES = settings.STORAGES | {
        "recordings": own | {"OPTIONS": own["OPTIONS"] | {"location": str(folder)}}
    }
    return folder


async def record(acme: Acme, greeting: str = LONG, *, is_on: bool = True) -> None:
    settings = {
        "name": "Ada",
        "greeting": greeting,
        "recording": {"is_on": is_on, "consent_line": ""},
        "limits": {"reminder_s": 0, "reminders": 0, "hang_up_s": 0, "max_call_s": 1800},
    }
    await in_database(lambda: agent_update(agent=acme.agent, settings=settings, changed_by=None))


async def made() -> tuple[Recording, int, npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    """The only call's recording, its rate, caller and agent."""
    call = await Call.objects.aget()
    assert await in_database(services.call_process, call_id=call.pk)
    assert await in_database(recordings.recording_make, call_id=call.pk)
    recording = await Recording.objects.aget(call=call)
    with storage.open_from(recording.wav_name, 0) as file, wave.open(io.BytesIO(file.read())) as wav:
        both = np.frombuffer(wav.readframes(wav.getnframes()), "<i2").reshape(-1, 2)
        return recording, wav.getframerate(), both[:, 0], both[:, 1]


def stretches(track: npt.NDArray[np.int16], rate_hz: int) -> list[tuple[float, float]]:
    """What sounds, in ms; a silence of up to 60 ms is a part of it."""
    loud = np.flatnonzero(np.abs(track.astype(np.int32)) > QUIET) * 1000 / rate_hz
    if not len(loud):
        return []
    breaks = np.flatnonzero(np.diff(loud) > 60)
    return list(
        zip(
            map(float, loud[np.r_[0, breaks + 1]]),
            map(float, loud[np.r_[breaks, len(loud) - 1]]),
            strict=True,
        )
    )


class ListeningPhone(PhoneClient):
    """Plays what it is sent, in real time, and says so; knows what its owner heard and said, and when."""

    lag_ms = 0.0

    def __init__(self) -> None:
        super().__init__()
        self.heard_at: list[list[float]] = []
        self.said_at: list[tuple[float, float]] = []
        self._ends_ms = 0.0
        self._echoes: set[asyncio.Task[None]] = set()

    async def _send(self, message: dict[str, Any]) -> None:
        await super()._send(message)
        if "text" not in message:
            return
        told = self.messages[-1]
        match told["event"]:
            case "media":
                sound = pcm_of_mulaw(base64.b64decode(told["media"]["payload"]))
                begins_ms = max(now_ms() + self.lag_ms, self._ends_ms)
                if not self.heard_at or begins_ms > self.heard_at[-1][1] + 1:
                    self.heard_at.append([begins_ms, begins_ms])
                self._ends_ms = begins_ms + len(sound) / 16
                self.heard_at[-1][1] = self._ends_ms
            case "clear":
                self._ends_ms = now_ms()
                self.heard_at[-1][1] = min(self.heard_at[-1][1], self._ends_ms)
            case "mark":
                self._echoes.add(asyncio.create_task(self._echo(told["mark"], self._ends_ms)))

    async def _echo(self, mark: dict[str, Any], when_ms: float) -> None:
        await asyncio.sleep(max(0.0, when_ms - now_ms()) / 1000)
        self.says(event="mark", streamSid="MZ", mark=mark)

    async def line(self, at_ms: int, duration_ms: int, *, loud: bool) -> int:
        """Twenty milliseconds at a time, each when it has been spoken."""
        begins_ms = now_ms()
        sound = tone(440, 8_000, 0.02) if loud else bytes(320)
        for step in range(0, duration_ms, 20):
            await asyncio.sleep(0.02)
            self.speaks(sound, at_ms + step)
        if loud:
            self.said_at.append((begins_ms, now_ms()))
        return at_ms + duration_ms


@pytest.mark.parametrize("lag_ms", [0.0, 150.0])
async def test_a_phone_s_recording_is_what_was_heard_within_40_ms(
    acme: Acme, providers: Providers, lag_ms: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ListeningPhone, "lag_ms", lag_ms)
    await record(acme)
    call = await begin(acme, api_key=acme.raw_key)
    async with ListeningPhone() as phone:
        phone.starts(call.token, CALL_SID)
        at_ms = await phone.line(0, 2000, loud=False)
        providers.transcriber.stream.hear("hold on please")
        at_ms = await phone.line(at_ms, 800, loud=True)
        providers.transcriber.stream.deliver("hold on please")
        at_ms = await phone.line(at_ms, 12_000, loud=False)
        phone.stops(CALL_SID)
        await phone.closed()
    recording, rate_hz, caller, agent = await made()
    assert phone.named("clear")
    ((said_from, said_to),) = phone.said_at
    ((begin_ms, end_ms),) = stretches(caller, rate_hz)
    assert end_ms - begin_ms == pytest.approx(said_to - said_from, abs=25)
    offset_ms = said_from - begin_ms
    found = [(begin_ms + offset_ms, end_ms + offset_ms) for begin_ms, end_ms in stretches(agent, rate_hz)]
    heard = [(begins, ends) for begins, ends in phone.heard_at if ends - begins > 1]
    assert len(found) == len(heard) >= 2
    for (from_ms, to_ms), (heard_from, heard_to) in zip(found, heard, strict=True):
        assert from_ms == pytest.approx(heard_from, abs=40)
        assert to_ms == pytest.approx(heard_to, abs=40)
    assert (rate_hz, recording.missing_segments) == (8_000, 0)


@pytest.mark.parametrize("audio", ["mp3", "pcm_24000", "pcm_16000"])
async def test_a_browser_s_agent_is_recorded_in_each_format(
    acme: Acme, providers: Providers, audio: str
) -> None:
    await record(acme, "Good morning.")
    async with AsgiClient(api_key=acme.raw_key, audio=audio) as browser:
        await browser.until("audioEnd")
        await asyncio.sleep(1)
        began_ms = now_ms()
        for _ in range(25):
            await asyncio.sleep(0.02)
            browser.sounds(tone(440, 16_000, 0.02))
        spoke_ms = now_ms() - began_ms
        for _ in range(50):
            await asyncio.sleep(0.02)
            browser.sounds(bytes(640))
    _, rate_hz, caller, agent = await made()
    assert rate_hz == (16_000 if audio == "pcm_16000" else 24_000)
    (greeting,) = stretches(agent, rate_hz)
    (spoken,) = stretches(caller, rate_hz)
    assert greeting[1] - greeting[0] == pytest.approx(providers.speech.duration_ms("Good morning."), abs=10)
    assert spoken[1] - spoken[0] == pytest.approx(spoke_ms, abs=25)
    assert spoken[0] > greeting[1] + 900


async def test_segments_leave_the_process_every_ten_seconds(acme: Acme, providers: Providers) -> None:
    await record(acme, "Good morning.")
    async with AsgiClient(api_key=acme.raw_key) as browser:
        await browser.until("connected")
        call = await Call.objects.aget()
        for kept in (0, 1, 2, 3):
            assert len(storage.segments_listed(call.pk)) == kept
            for _ in range(40):
                browser.sounds(bytes(8_000))
                await asyncio.sleep(SEGMENT_S / 40)
            await asyncio.sleep(0.05)


async def test_an_agent_that_does_not_record_leaves_no_sound(acme: Acme, providers: Providers) -> None:
    await record(acme, "Good morning.", is_on=False)
    async with AsgiClient(api_key=acme.raw_key) as browser:
        await browser.until("audioEnd")
        browser.sounds(bytes(640))
        await asyncio.sleep(11)
    assert storage.folders_listed() == []


# --- when the store fails ------------------------------------------------------------------------
class Store:
    """Takes segments, or does not."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.saved: list[int] = []
        self.fails = False
        monkeypatch.setattr(sound_recorder, "segment_save", self.save)

    def save(self, call_id: str, index: int, segment: bytes) -> None:
        if self.fails:
            raise OSError("no disk")
        self.saved.append(index)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    return Store(monkeypatch)


def recorder_of(**fields: Any) -> SoundRecorder:
    return SoundRecorder(make_spec(audio_in=PCM_16000, audio_out=PCM_24000, **fields), now_ms())


async def test_what_a_store_refuses_is_stored_when_it_takes_it_again(store: Store) -> None:
    recorder = recorder_of()
    await asyncio.sleep(0.1)
    store.fails = True
    for _ in range(3):
        recorder.came(AudioIn(bytes(640)))
        await asyncio.sleep(SEGMENT_S)
    store.fails = False
    await asyncio.sleep(SEGMENT_S)
    assert store.saved == [0, 1, 2]
    await recorder.close()
    assert recorder.lost_segments == 0


async def test_a_store_that_stays_away_costs_sound_and_not_memory(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound_recorder, "MOST_WAITING_BYTES", 25_000)
    recorder = recorder_of()
    await asyncio.sleep(0.1)
    store.fails = True
    for _ in range(5):
        recorder.came(AudioIn(bytes(10_000)))
        recorder.went(AudioOut(bytes(0), 0.0, 0), is_client_there=True)
        await asyncio.sleep(SEGMENT_S)
    store.fails = False
    recorder.came(AudioIn(bytes(640)))
    await recorder.close()
    assert store.saved == [3, 4, 5]
    assert recorder.lost_segments == 3


async def test_what_a_client_that_has_left_was_not_sent_is_not_in_it(store: Store) -> None:
    recorder = recorder_of()
    recorder.went(AudioOut(bytes(960), 20.0, 0), is_client_there=False)
    await recorder.close()
    assert store.saved == []


def test_noting_a_sound_takes_no_time_to_speak_of() -> None:
    """On the event loop of every call; what is dear comes in a thread."""

    async def noted() -> float:
        recorder = recorder_of()
        recorder._is_closing.set()
        event = AudioIn(bytes(640))
        began = time.perf_counter()
        for _ in range(10_000):
            recorder.came(event)
        took = time.perf_counter() - began
        recorder._entries.clear()
        await recorder.close()
        return took / 10_000 * 1000

    assert asyncio.run(noted()) < 0.1
