"""`manage.py talk`: a conversation from a terminal, and one sentence for what stands in its way."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.browser.product import free_port
from tests.browser.speech import spoken_wav
from tests.servers.ground import ROOT, Ground, StartedServer
from voice.audio.pcm import samples_of
from voice.audio.resample import resampled
from voice.audio.wav import read_wav, wav_bytes

KNOWLEDGE = [{"question": "What are your opening hours?", "answer": "We are open from nine to five."}]
uvicorn = pytest.mark.parametrize("server", ["uvicorn"], indirect=True)


def talk(ground: Ground, *options: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "talk", *map(str, options)],
        cwd=ROOT, env=ground.environment, capture_output=True, text=True, timeout=90,
    )  # fmt: skip


@pytest.mark.speech
@uvicorn
def test_a_recorded_question_is_answered_in_words_in_figures_and_in_a_file(
    server: StartedServer, ground: Ground, tmp_path: Path
) -> None:
    acme = ground.organisation(knowledge=KNOWLEDGE)
    question, answer = tmp_path / "question.wav", tmp_path / "answer.wav"
    spoken_wav(question, ["What are your opening hours?"])
    pcm, rate_hz = read_wav(question)
    question.write_bytes(wav_bytes(resampled(pcm, rate_hz, 44_100), 44_100))  # any rate will do
    done = talk(
        ground, "--wav", question, "--out", answer, "--url", server.address,
        "--api-key", acme.key, "--agent", acme.agent,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (
        re.search(r"s  You: .*hours", done.stdout) and "Agent: We are open from nine to five." in done.stdout
    )
    took = {name: int(ms) for name, ms in re.findall(r"([a-z][a-z ]+) (\d+) ms", done.stdout)}
    # A final transcript that a busy machine has after the turn's end is none that the answer waited for.
    assert {"turn end", "first token", "first audio", "voice to voice"} <= took.keys()
    assert 300 <= took["voice to voice"] < 5000
    heard, heard_hz = read_wav(answer)
    assert heard_hz == 24_000 and abs(samples_of(heard).astype(int)).max() > 3000
    assert acme.key not in done.stdout + done.stderr


@uvicorn
def test_typed_words_need_no_recording(server: StartedServer, ground: Ground) -> None:
    acme = ground.organisation(knowledge=KNOWLEDGE)
    done = talk(ground, "--text", "when are you open", "--url", server.address, "--api-key", acme.key)
    assert done.returncode == 0 and "nine to five" in done.stdout, done.stderr


@uvicorn
def test_what_stands_in_the_way_is_one_sentence(
    server: StartedServer, ground: Ground, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF, but no sound")
    at = ("--url", server.address)
    for options, words in (
        ((), "nothing to say"),
        (("--phone",), "--press DIGITS"),
        (("--phone", "--press", "12a"), "0 to 9"),
        (("--wav", tmp_path / "none.wav"), "No such file"),
        (("--wav", broken), "not a PCM WAV file"),
        (("--text", "hello", "--api-key", "vx_wrong", *at), "key"),
        (("--text", "hello", "--out", tmp_path / "none" / "answer.wav", *at), "cannot be written"),
        (
            ("--text", "hello", "--api-key", "vx_wrong", "--url", f"ws://127.0.0.1:{free_port()}"),
            "script/server",
        ),
    ):
        done = talk(ground, *options)
        assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
        assert words in done.stderr and len(done.stderr.strip().splitlines()) <= 2, done.stderr


def test_a_data_folder_that_nobody_has_prepared_is_one_sentence(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(ground.environment, "VOICEX_DATA_DIR", str(tmp_path / "new"))
    monkeypatch.delitem(ground.environment, "DATABASE_URL", raising=False)
    done = talk(ground, "--text", "hello")
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert "script/server" in done.stderr and "--api-key" in done.stderr


@pytest.mark.speech
@uvicorn
def test_a_phone_call_is_held_without_a_phone_and_both_sides_are_in_a_file(
    server: StartedServer, ground: Ground, tmp_path: Path
) -> None:
    acme = ground.organisation(greeting="Hello, this is Acme.", knowledge=KNOWLEDGE)
    question, both = tmp_path / "question.wav", tmp_path / "both.wav"
    spoken_wav(question, ["What are your opening hours?"])
    done = talk(
        ground, "--phone", "--wav", question, "--out", both, "--url", server.address, "--api-key", acme.key
    )
    assert done.returncode == 0, done.stderr
    assert "The agent speaks first" in done.stdout and "ms later" in done.stdout
    with wave.open(str(both)) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 8_000)
        sides = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2).astype(int)
    assert (abs(sides).max(axis=0) > 3000).all()
    asked_s = np.flatnonzero(abs(sides[:, 0]) > 1000)[[0, -1]] / 8_000
    heard_s = np.flatnonzero(abs(sides[:, 1]) > 1000) / 8_000
    assert heard_s.min() < asked_s[0] and heard_s.max() > asked_s[1]
    (call,) = ground.calls(acme)
    assert call["end_code"] == "client_hangup"
    # Which words the built-in ear makes of a telephone's sound differs with the load of the machine.
    assert [role for role, _ in call["turns"]] == ["agent", "user", "agent"]


@uvicorn
def test_who_may_not_call_hears_why_on_the_phone_too(server: StartedServer, ground: Ground) -> None:
    done = talk(ground, "--phone", "--press", "1", "--api-key", "vx_wrong", "--url", server.address)
    assert done.returncode == 1 and "Twilio would say:" in done.stdout and "The call ended" in done.stderr
    assert "only calls with --auth-token are let in" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.speech
@uvicorn
@pytest.mark.parametrize("phone", [("--phone",), ()])
def test_who_hangs_up_with_ctrl_c_keeps_what_was_heard(
    server: StartedServer, ground: Ground, tmp_path: Path, phone: tuple[str, ...]
) -> None:
    acme = ground.organisation(greeting="Hello, this is Acme, and this is a long greeting. " * 4)
    question, heard = tmp_path / "question.wav", tmp_path / "heard.wav"
    spoken_wav(question, ["What are your opening hours?"])
    options = ("--wav", question, "--out", heard, "--url", server.address, "--api-key", acme.key)
    talking = subprocess.Popen(
        [sys.executable, "manage.py", "talk", *phone, *map(str, options)],
        cwd=ROOT, env=ground.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    wait_for_agent(server)
    time.sleep(6.0)  # of twelve that the greeting takes, once the voice has been loaded
    talking.send_signal(signal.SIGINT)
    printed, wrong = talking.communicate(timeout=30)
    assert talking.returncode == 0 and "Hung up." in printed and not wrong, wrong
    with wave.open(str(heard)) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(int)
    assert abs(sound).max() > 3000
    (call,) = ground.calls(acme)
    assert call["end_code"] in ("client_hangup", "connection_lost")


def wait_for_agent(server: StartedServer, within_s: float = 30.0) -> None:
    deadline = time.monotonic() + within_s
    while "call began" not in server.output():
        assert time.monotonic() < deadline, server.output()
        time.sleep(0.05)
