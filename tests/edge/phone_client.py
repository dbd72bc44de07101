"""A phone call's stream without a server between: Twilio's side of it, as far as one test needs it."""

from __future__ import annotations

import base64
from typing import Any

from tests.edge.asgi_client import AsgiClient
from voice.audio.mulaw import mulaw_of_pcm, pcm_of_mulaw
from voice.edge.phone_consumer import TwilioConsumer

STREAM, ACCOUNT = "MZ" + "1" * 32, "AC" + "3" * 32


class PhoneClient(AsgiClient):
    consumer = TwilioConsumer
    path = "/ws/twilio/stream"
    kind = "event"

    def starts(self, token: str, call_sid: str) -> None:
        self.says(event="connected", protocol="Call", version="1.0.0")
        told = {"streamSid": STREAM, "accountSid": ACCOUNT, "callSid": call_sid, "tracks": ["inbound"]}
        told["mediaFormat"] = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        told["customParameters"] = {"token": token}
        self.says(event="start", sequenceNumber="1", streamSid=STREAM, start=told)

    def speaks(self, pcm: bytes, at_ms: int) -> None:
        """16-bit PCM at 8 kHz, `at_ms` after the stream's start."""
        payload = base64.b64encode(mulaw_of_pcm(pcm)).decode()
        media = {
            "track": "inbound",
            "chunk": str(at_ms // 20 + 1),
            "timestamp": str(at_ms),
            "payload": payload,
        }
        self.says(event="media", sequenceNumber="2", streamSid=STREAM, media=media)

    def stops(self, call_sid: str) -> None:
        self.says(event="stop", streamSid=STREAM, stop={"accountSid": ACCOUNT, "callSid": call_sid})

    @property
    def heard(self) -> bytes:
        """16-bit PCM of all that was sent."""
        sound = [message for message in self.messages if message["event"] == "media"]
        return b"".join(pcm_of_mulaw(base64.b64decode(each["media"]["payload"])) for each in sound)

    def named(self, event: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["event"] == event]
