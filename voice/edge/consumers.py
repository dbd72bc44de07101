"""The sockets that carry audio. One receive loop for all of them; a subclass names its wire."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar
from urllib.parse import parse_qs

from channels.consumer import AsyncConsumer
from django.db import DatabaseError

from accounts.addresses import client_address
from agents.prompts.variables import VariablesInvalid, variables_of_json
from calls import log_context
from calls.services import call_withdraw
from voice.core.audio import MP3_24000, PCM_16000, PCM_24000, AudioFormat
from voice.core.errors import (
    CLOSE_CODES,
    CapacityError,
    EndCode,
    EndedBy,
    EndReason,
    ProviderError,
    Refusal,
    RefusalCode,
)
from voice.core.spec import Channel
from voice.edge.admission import Authorised, ConnectRequest, admit, authorise, specify
from voice.edge.conversation import Conversation
from voice.edge.database import in_database
from voice.edge.live import SHUTDOWN_REFUSAL, live_calls
from voice.edge.live_call import LiveCall
from voice.edge.own_keys import check_addresses, own_keys
from voice.edge.recorder import Recorder
from voice.edge.refusals import refusals
from voice.edge.socket import Socket, SocketGone
from voice.edge.watchers import watchers_of
from voice.engine.session import Session
from voice.wire.browser import BrowserWire
from voice.wire.wire import Wire

logger = logging.getLogger(__name__)

Message = dict[str, Any]

BROKEN = Refusal(RefusalCode.INTERNAL_ERROR, "Something went wrong on our side. Try again.")
NO_PLACE = Refusal(
    RefusalCode.CAPACITY, "All lines of this server are taken at the moment. Try again in a minute."
)
NO_JOURNAL = EndReason(EndCode.INTERNAL_ERROR, EndedBy.PLATFORM, "The journal could not be opened.")


class AudioConsumer(AsyncConsumer):
    """Overrides `__call__`: the generic dispatch costs 60 µs a frame and waits for the database."""

    channel: ClassVar[Channel]

    def wire(self) -> Wire:
        raise NotImplementedError

    async def admitted(self, socket: Socket, wire: Wire, scope: dict[str, Any]) -> tuple[Authorised, str]:
        """Who is calling, and the id of the call's row. Raises Refusal, SocketGone."""
        raise NotImplementedError

    async def not_begun(self, call_id: str, error: BaseException) -> None:
        """The call was admitted, and then could not begin."""
        await in_database(call_withdraw, call_id=call_id)

    async def refuse(self, socket: Socket, refusal: Refusal, scope: dict[str, Any]) -> None:
        await refusals.refuse(socket, refusal, client_address(scope))

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        wire = self.wire()
        socket = Socket(receive, send, wire)
        try:
            await socket.accept()
            await self._serve(socket, wire, scope)
        except SocketGone:
            pass  # it left before its call began
        except asyncio.CancelledError:
            await socket.refuse(SHUTDOWN_REFUSAL)  # does nothing when the call has told it already
            raise

    async def _serve(self, socket: Socket, wire: Wire, scope: dict[str, Any]) -> None:
        try:
            call, recorder = await self._start(socket, wire, scope)
        except Refusal as refusal:
            logger.info("connection refused: %s", refusal.code)
            await self.refuse(socket, refusal, scope)
            return
        except SocketGone:
            raise
        except Exception:  # whatever is broken here, the client is told as of anything else
            logger.exception("a call could not be started")
            await self.refuse(socket, BROKEN, scope)
            return
        await self._hold(socket, wire, call, recorder)

    async def _start(self, socket: Socket, wire: Wire, scope: dict[str, Any]) -> tuple[LiveCall, Recorder]:
        """Admits the call, opens its providers and its journal. Raises Refusal, which leaves nothing."""
        if live_calls.is_draining:
            raise SHUTDOWN_REFUSAL
        authorised, call_id = await self.admitted(socket, wire, scope)
        log_context.speaks_of(call_id, authorised.principal.organisation.pk)
        try:
            await socket.check_there()
            # Not before there is room for this call: a refused one must not end the one it would resume.
            await live_calls.take_over(authorised.session_id)
            spec = await in_database(specify, authorised, call_id)
            session = Session(spec, authorised.ports)
            await session.start(fed_since_ms=socket.open_since_ms)
            try:
                recorder = Recorder(spec)
            except BaseException:
                await session.end(NO_JOURNAL)
                raise
        except BaseException as error:
            await self.not_begun(call_id, error)
            if isinstance(error, CapacityError):
                logger.warning("a call found no place: %s", error)
                raise NO_PLACE from error
            if isinstance(error, ProviderError):
                raise Refusal(RefusalCode.PROVIDER_UNAVAILABLE, str(error)) from error
            raise
        live = LiveCall(session, authorised.principal, call_id, spec.session_id, authorised.ports)
        return live, recorder

    async def _hold(self, socket: Socket, wire: Wire, call: LiveCall, recorder: Recorder) -> None:
        try:
            await live_calls.add(call)
            logger.info("call began")
            watchers = watchers_of(recorder.spec)
            await Conversation(socket, wire, call.session, recorder, watchers).hold()
        finally:
            # A cancelled consumer (Daphne's way to stop) still writes its call's record.
            await asyncio.shield(asyncio.create_task(self._finish(call, recorder)))

    async def _finish(self, call: LiveCall, recorder: Recorder) -> None:
        try:
            await recorder.close()
        finally:
            await live_calls.remove(call)
            logger.info("call ended")
            await self._tell_refusals(call)

    async def _tell_refusals(self, call: LiveCall) -> None:
        """A short call may have seen no renewal of leases, which tells them too."""
        try:
            if call.ports is not None:
                await own_keys.tell(call.ports)
        except (DatabaseError, TimeoutError):
            logger.exception("an organisation could not be told that a vendor refuses its key")


BROWSER_AUDIO: dict[str, AudioFormat] = {"mp3": MP3_24000, "pcm_16000": PCM_16000, "pcm_24000": PCM_24000}


class BrowserConsumer(AudioConsumer):
    """`/ws/voice`: PCM in; one MP3 a sentence out, or PCM for those who ask."""

    channel = Channel.BROWSER

    def wire(self) -> BrowserWire:
        return BrowserWire()

    async def admitted(self, socket: Socket, wire: Wire, scope: dict[str, Any]) -> tuple[Authorised, str]:
        refusals.check(client_address(scope))
        values = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        request = self._request({name: found[0] for name, found in values.items()})
        given_up = threading.Event()
        try:
            authorised = await in_database(authorise, request)
            await check_addresses(authorised.ports)
            return authorised, await in_database(admit, authorised, given_up)
        except TimeoutError as error:
            raise Refusal(RefusalCode.INTERNAL_ERROR, "The database does not answer. Try again.") from error
        finally:
            given_up.set()  # a thread that is still at work keeps no row

    def _request(self, query: dict[str, str]) -> ConnectRequest:
        """What the client asks for. Raises Refusal."""
        audio_out = BROWSER_AUDIO.get(query.get("audio") or "mp3")
        if audio_out is None:
            known = ", ".join(BROWSER_AUDIO)
            raise Refusal(RefusalCode.MALFORMED, f'"audio" must be one of: {known}.')
        try:
            variables = variables_of_json(query.get("variables", ""))
            metadata = variables_of_json(query.get("metadata", ""), "metadata")
        except VariablesInvalid as error:
            raise Refusal(RefusalCode.MALFORMED, str(error)) from error
        return ConnectRequest(
            channel=self.channel,
            audio_in=PCM_16000,
            audio_out=audio_out,
            api_key=query.get("api_key", ""),
            token=query.get("token", ""),
            agent_id=query.get("agent_id", ""),
            session_id=query.get("session_id", ""),
            variables=variables,
            metadata=metadata,
        )


async def unknown_socket(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Every other path: the handshake is refused. No consumer, which would listen on the channel layer."""
    if (await receive())["type"] == "websocket.connect":
        await send({"type": "websocket.close", "code": CLOSE_CODES[RefusalCode.MALFORMED]})
