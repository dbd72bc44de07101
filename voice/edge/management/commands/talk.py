"""Holds a conversation from a terminal: recorded questions in, the answers out as text and as a WAV."""

from __future__ import annotations

import asyncio
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import websockets
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from agents.demo.organisation import demo_ensure
from voice.audio.resample import resampled
from voice.audio.stereo import interleaved
from voice.audio.wav import WavError, read_wav, wav_bytes
from voice.core.audio import PCM_8000
from voice.core.events import KEYS
from voice.edge.terminal_caller import Received, TerminalCaller
from voice.edge.terminal_phone import CallFailed, Said, TerminalPhone, phone_conversation

LATENCIES = (
    ("endpointing_ms", "turn end"),
    ("transcript_ms", "transcript"),
    ("first_token_ms", "first token"),
    ("first_sentence_ms", "first sentence"),
    ("first_audio_ms", "first audio"),
    ("voice_to_voice_ms", "voice to voice"),
)
ANSWER_LIMIT_S = 60.0
UNSIGNED = " Where the organisation has stored its Twilio account, only calls with --auth-token are let in."


class Command(BaseCommand):
    help = f"{__doc__} Needs a running server (script/server)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--wav", type=Path, action="append", default=[], metavar="FILE")
        parser.add_argument(
            "--text", action="append", default=[], help="type this instead, after the recorded ones"
        )
        parser.add_argument("--phone", action="store_true", help="as a phone call, without Twilio")
        parser.add_argument("--press", default="", metavar="DIGITS", help="pressed at last, on the phone")
        parser.add_argument(
            "--auth-token",
            default=os.environ.get("TWILIO_AUTH_TOKEN", ""),
            help="signs a phone call, for organisations that stored theirs; default: TWILIO_AUTH_TOKEN",
        )
        parser.add_argument(
            "--out",
            type=Path,
            metavar="FILE",
            help="what is heard, as a WAV; on the phone both sides",
        )
        parser.add_argument("--agent", default="", metavar="ID", help="default: the oldest active agent")
        parser.add_argument("--url", default=f"ws://localhost:{settings.PORT}", help="default: %(default)s")
        parser.add_argument(
            "--api-key",
            default=os.environ.get("VOICEX_API_KEY", ""),
            help="default: VOICEX_API_KEY, else a new key of the demo organisation",
        )

    def handle(self, **options: Any) -> None:
        if options["phone"] and (options["text"] or not (options["wav"] or options["press"])):
            raise CommandError("Nothing can be typed on a phone: give --wav FILE, --press DIGITS or both.")
        if not KEYS.issuperset(options["press"]):
            raise CommandError("The keys of a telephone are 0 to 9, *, # and A to D.")
        if not options["wav"] and not options["text"] and not options["press"]:
            raise CommandError(
                "There is nothing to say: give --wav FILE or --text WORDS, or several of them."
            )
        if options["press"] and not options["phone"]:
            raise CommandError("Keys are pressed on a phone: give --phone too.")
        questions = [_question(path) for path in options["wav"]]
        if options["out"]:
            self._check(options["out"])  # before anybody has spoken for nothing
        api_key = options["api_key"]
        if not api_key and settings.DEMO_PASSWORD:
            api_key = self._demo_key()
        if options["phone"]:
            self._phone(questions, api_key, options)
            return
        caller = TerminalCaller(
            options["url"].rstrip("/"), api_key=api_key, agent_id=options["agent"], told=self._tell
        )
        try:
            asyncio.run(_converse(caller, questions, options["text"]))
        except KeyboardInterrupt:
            self.stdout.write("Hung up.")
        except TimeoutError as error:
            raise CommandError(f"The agent gave no answer within {ANSWER_LIMIT_S:.0f} s.") from error
        except (ConnectionAbortedError, ConnectionResetError) as error:
            raise CommandError(f"The call ended: {error}.") from error
        except (OSError, websockets.WebSocketException) as error:
            raise CommandError(f"No server at {options['url']} ({error}). Start script/server.") from error
        finally:  # what was heard until then is there to be heard, however it ended
            if options["out"]:
                pcm = caller.playback.timeline()
                self._write(options["out"], wav_bytes(pcm, 24_000))
                self.stdout.write(f"{options['out']}: what the caller heard, {len(pcm) / 48_000:.1f} s")

    @staticmethod
    def _demo_key() -> str:
        try:
            return demo_ensure(settings.DEMO_PASSWORD).api_key
        except DatabaseError as error:
            message = "This data folder has no database yet: start script/server, or give --api-key KEY."
            raise CommandError(message) from error

    def _phone(self, questions: list[bytes], api_key: str, options: dict[str, Any]) -> None:
        """The same conversation over the webhook and the media stream, as Twilio holds it."""
        told: list[str] = []

        def tell(said: Said) -> None:
            told.append(said.words)
            self.stdout.write(f"{said.at_ms / 1000:7.2f} s  {said.words}")

        phone = TerminalPhone(
            f"http{options['url'].removeprefix('ws')}" if options["url"].startswith("ws") else options["url"],
            api_key=api_key,
            agent_id=options["agent"],
            auth_token=options["auth_token"],
            public_url=settings.PUBLIC_URL,
            told=tell,
        )
        try:
            asyncio.run(phone_conversation(phone, questions, options["press"], self.stdout.write))
        except KeyboardInterrupt:
            self.stdout.write("Hung up.")
        except TimeoutError as error:
            raise CommandError(f"The agent gave no answer within {ANSWER_LIMIT_S:.0f} s.") from error
        except CallFailed as error:
            is_unsigned = told and not phone.heard.pieces and not options["auth_token"]
            raise CommandError(f"The call ended: {error}.{UNSIGNED if is_unsigned else ''}") from error
        finally:
            if options["out"]:
                said, heard = phone.said.timeline(), phone.heard.timeline()
                both = interleaved(said, heard)
                self._write(options["out"], wav_bytes(both, PCM_8000.rate_hz, channels=2))
                self.stdout.write(f"{options['out']}: the caller on the left, the agent on the right")

    @staticmethod
    def _check(path: Path) -> None:
        try:
            path.open("ab").close()
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error

    @staticmethod
    def _write(path: Path, wav: bytes) -> None:
        try:
            path.write_bytes(wav)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error

    def _tell(self, received: Received) -> None:
        payload = received.payload
        match received.type:
            case "connected":
                self.stdout.write(f"Connected to {received.body['agentName']}.")
            case "transcript" if payload["isFinal"]:
                who = "You" if payload["role"] == "user" else "Agent"
                self.stdout.write(f"{received.at_ms / 1000:7.2f} s  {who}: {payload['text']}")
            case "turn" if payload["role"] == "assistant" and payload["latency"]:
                took = payload["latency"]
                parts = [f"{name} {took[key]:.0f} ms" for key, name in LATENCIES if took.get(key) is not None]
                if parts:
                    self.stdout.write(f"           {', '.join(parts)}")
            case "error":
                self.stderr.write(f"Error: {payload['message']}")
            case _:
                pass


def _question(path: Path) -> bytes:
    try:
        pcm, rate_hz = read_wav(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except WavError as error:
        raise CommandError(f"{path}: {error}.") from error
    return resampled(pcm, rate_hz, 16_000)


async def _converse(caller: TerminalCaller, questions: list[bytes], texts: list[str]) -> None:
    """Says each question when the agent has finished; hangs up after the last answer."""
    async with caller:
        await caller.wait_for("connected", within_s=10)
        await _greeting(caller)
        for question in questions:
            since = len(caller.received)
            await caller.say(question)
            await caller.wait_for("audioEnd", "ended", since=since, within_s=ANSWER_LIMIT_S)
        for text in texts:
            since = len(caller.received)
            await caller.send("text", {"text": text})
            await caller.wait_for("audioEnd", "ended", since=since, within_s=ANSWER_LIMIT_S)
        if not caller.is_over:
            await caller.send("hangup")
            await caller.wait_until_over()


async def _greeting(caller: TerminalCaller) -> None:
    """Agents without a greeting wait for the caller."""
    try:
        await caller.wait_for("audioEnd", within_s=1.0 if not caller.audio else ANSWER_LIMIT_S)
    except TimeoutError:
        if caller.audio:
            await caller.wait_for("audioEnd", within_s=ANSWER_LIMIT_S)
