"""Any server that speaks OpenAI's `/audio/transcriptions` (Whisper and others), through OpenAI's SDK."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import openai

from voice.audio.mulaw import pcm_of_mulaw
from voice.audio.wav import wav_bytes
from voice.core.audio import AudioFormat, Encoding
from voice.core.errors import ProviderError, RequestError, UnreachableError
from voice.core.spec import AgentSpec
from voice.providers.access import VendorAccess
from voice.providers.chat.chunks import whole_characters
from voice.providers.connections import Connections
from voice.providers.openai_compatible.client import new_client, new_http
from voice.providers.openai_compatible.stream import UtteranceStream
from voice.providers.sdk_errors import SdkErrors

OPENING_LIMIT_S = 2.0
# Read from the first byte to the last: whoever waits longer has forgotten the question.
ANSWER_LIMIT_S = 10.0
# OpenAI refuses what is shorter than a tenth of a second.
SHORTEST_MS = 500.0
# Whisper's own measure of silence, in which it hears "Thank you." otherwise.
NO_SPEECH = 0.6
UNSURE = -1.0
MOST_KEY_TERMS = 50


class OpenAICompatibleTranscriber:
    # Each request is one transcription of all that was said since the last.
    finalize_after_ms = 300
    # Whisper ends what breaks off in the middle with something that sounds likely.
    guesses_well = False

    def __init__(self, access: VendorAccess) -> None:
        self._access = access
        self._errors = SdkErrors(access, openai, httpx2)
        self._connections = Connections(lambda: new_http(access.vendor))
        # Models whose server does not know the format with Whisper's doubts.
        self._plain: set[str] = set()

    async def open(self, agent: AgentSpec, audio: AudioFormat) -> UtteranceStream:
        """Makes the connection. Raises ProviderError."""
        if audio.encoding is Encoding.MP3:
            raise RequestError(self._access.vendor, f"it cannot hear {audio.encoding}")
        client = new_client(self._access, self._connections.client())
        try:
            async with asyncio.timeout(OPENING_LIMIT_S):
                await client.models.list()
        except TimeoutError:
            raise UnreachableError(self._access.vendor, "it did not answer in time") from None
        except openai.NotFoundError:
            pass  # it has no list of its models, and may hear all the same
        except self._errors.kinds as error:
            raise self._errors.named(error) from None

        async def transcribe(heard: bytes) -> str:
            return await self._transcribe(client, agent, heard, audio)

        return UtteranceStream(transcribe, audio)

    async def _transcribe(
        self, client: openai.AsyncOpenAI, agent: AgentSpec, heard: bytes, audio: AudioFormat
    ) -> str:
        pcm = pcm_of_mulaw(heard) if audio.encoding is Encoding.MULAW else heard
        shortest = AudioFormat(Encoding.PCM_S16LE, audio.rate_hz).size_bytes(SHORTEST_MS)
        wav = wav_bytes(pcm.ljust(shortest, b"\0"), audio.rate_hz)
        model = agent.transcriber.model
        try:
            async with asyncio.timeout(ANSWER_LIMIT_S):
                if model not in self._plain:
                    try:
                        return _sure_text(await self._ask(client, agent, wav, "verbose_json"))
                    except (openai.BadRequestError, openai.UnprocessableEntityError):
                        self._plain.add(model)
                return _text(await self._ask(client, agent, wav, "json"))
        except TimeoutError:
            raise UnreachableError(self._access.vendor, "it did not answer in time") from None
        except ProviderError:
            raise
        except (TypeError, AttributeError) as error:
            raise self._errors.named(error) from None
        except self._errors.kinds as error:
            raise self._errors.named(error) from None  # its request holds the key

    async def _ask(self, client: openai.AsyncOpenAI, agent: AgentSpec, wav: bytes, form: str) -> Any:
        terms = ", ".join(agent.transcriber.key_terms[:MOST_KEY_TERMS])
        ask: Any = client.audio.transcriptions.create
        return await ask(
            file=("speech.wav", wav, "audio/wav"),
            model=agent.transcriber.model,
            language=agent.language.split("-")[0].lower(),
            response_format=form,
            temperature=0,
            **({"prompt": terms} if terms else {}),
        )

    async def aclose(self) -> None:
        await self._connections.aclose()


def _text(answer: Any) -> str:
    """Raises TypeError, AttributeError for what is no answer: the SDK checks nothing."""
    text = answer.text
    if not isinstance(text, str):
        raise TypeError("its text is none")
    return " ".join(whole_characters(text).split())


def _sure_text(answer: Any) -> str:
    segments = getattr(answer, "segments", None)
    if not segments:
        return _text(answer)
    return " ".join(" ".join(_text(each) for each in segments if not _is_silence(each)).split())


def _is_silence(segment: Any) -> bool:
    no_speech, logprob = getattr(segment, "no_speech_prob", None), getattr(segment, "avg_logprob", None)
    return (no_speech or 0.0) > NO_SPEECH and (0.0 if logprob is None else logprob) < UNSURE
