"""`/ws/twilio/stream`: the sound of a phone call that the webhook has admitted."""

from __future__ import annotations

import asyncio
from typing import Any

from calls.services import call_abandon
from voice.core.errors import Refusal, RefusalCode
from voice.core.events import Malformed
from voice.core.spec import Channel
from voice.edge.admission import Authorised
from voice.edge.consumers import AudioConsumer
from voice.edge.conversation import MOST_STRIKES
from voice.edge.database import in_database
from voice.edge.metrics import REFUSALS
from voice.edge.not_begun import reason_not_begun
from voice.edge.own_keys import check_addresses
from voice.edge.phone_calls import phone_call_join
from voice.edge.socket import Socket
from voice.edge.twilio.signature import stream_signature_is_right
from voice.edge.waiting_streams import TOO_MANY, Place, waiting_streams
from voice.wire.twilio import StreamStart, TwilioWire
from voice.wire.wire import Wire

# Twilio says what a stream is of within the first messages.
START_LIMIT_S = 10.0
NOT_TWILIO = Refusal(RefusalCode.UNAUTHORISED, "The signature of the handshake is not Twilio's.")
NO_START = Refusal(RefusalCode.MALFORMED, "A stream begins with what it is of.")


class TwilioConsumer(AudioConsumer):
    """Refusals are told by closing: what stands after the stream in the call's document speaks then.

    No limit by address: all of a carrier's calls come from a few.
    """

    channel = Channel.PHONE

    def wire(self) -> TwilioWire:
        return TwilioWire()

    async def admitted(self, socket: Socket, wire: Wire, scope: dict[str, Any]) -> tuple[Authorised, str]:
        if not isinstance(wire, TwilioWire):
            raise TypeError("a phone's stream has a wire of its own")
        with waiting_streams.place() as place:
            start = await self._start_of(socket, wire, place)
            authorised, call_id = await in_database(
                phone_call_join, start.parameters.get("token", ""), start.call_sid
            )
        try:
            organisation = authorised.principal.organisation
            if not await in_database(stream_signature_is_right, scope, organisation):
                raise NOT_TWILIO
            await check_addresses(authorised.ports)
        except Refusal as refusal:
            await self.not_begun(call_id, refusal)
            raise
        return authorised, call_id

    async def not_begun(self, call_id: str, error: BaseException) -> None:
        """The caller was on the line: the call keeps its record."""
        await in_database(call_abandon, call_id=call_id, reason=reason_not_begun(error))

    async def refuse(self, socket: Socket, refusal: Refusal, scope: dict[str, Any]) -> None:
        REFUSALS.labels(refusal.code).inc()
        await socket.refuse(refusal)

    @staticmethod
    async def _start_of(socket: Socket, wire: TwilioWire, place: Place) -> StreamStart:
        """Raises Refusal when it does not come in time, SocketGone."""
        strikes = 0
        try:
            async with asyncio.timeout(START_LIMIT_S) as limit:
                with place.silent(limit):
                    while wire.start is None:
                        events = wire.receive(await socket.receive())
                        strikes += sum(isinstance(event, Malformed) for event in events)
                        if strikes >= MOST_STRIKES:
                            raise NO_START
        except TimeoutError:
            raise (TOO_MANY if place.is_taken_away else NO_START) from None
        return wire.start
