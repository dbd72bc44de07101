"""What Twilio says on a media stream; sequence numbers, chunks and timestamps are strings."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Messages:
    """Of one stream, in order: each call of a method is a message that will be sent."""

    stream_sid: str
    account_sid: str
    call_sid: str
    parameters: dict[str, str] = field(default_factory=dict)
    sequence: int = 0
    chunk: int = 0

    def connected(self) -> str:
        return json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})

    def start(self) -> str:
        return self._numbered(
            "start",
            {
                "streamSid": self.stream_sid,
                "accountSid": self.account_sid,
                "callSid": self.call_sid,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": self.parameters,
            },
        )

    def media(self, payload: str, timestamp_ms: int) -> str:
        """`payload` is base64. Fifty a second for each call: no JSON library for these."""
        self.sequence += 1
        self.chunk += 1
        return (
            f'{{"event":"media","sequenceNumber":"{self.sequence}","media":{{"track":"inbound",'
            f'"chunk":"{self.chunk}","timestamp":"{timestamp_ms}","payload":"{payload}"}},'
            f'"streamSid":"{self.stream_sid}"}}'
        )

    def dtmf(self, digit: str) -> str:
        return self._numbered("dtmf", {"track": "inbound_track", "digit": digit})

    def mark(self, name: str) -> str:
        return self._numbered("mark", {"name": name})

    def stop(self) -> str:
        return self._numbered("stop", {"accountSid": self.account_sid, "callSid": self.call_sid})

    def _numbered(self, event: str, body: dict[str, Any]) -> str:
        self.sequence += 1
        return json.dumps(
            {
                "event": event,
                "sequenceNumber": str(self.sequence),
                "streamSid": self.stream_sid,
                event: body,
            }
        )
