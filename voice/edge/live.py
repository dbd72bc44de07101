"""The calls this process holds: who is live, taking over, renewing leases, ending all of them."""

from __future__ import annotations

import asyncio
import logging

from django.conf import settings

from accounts.selectors import api_keys_valid, talkers_valid
from calls import log_context
from calls.services import calls_renew, limits_enforce
from voice.core.clock import now_ms
from voice.core.errors import EndCode, EndedBy, EndReason, Refusal, RefusalCode
from voice.edge.commands import KEY_REVOKED, CommandReader
from voice.edge.credentials import Principal
from voice.edge.database import in_database
from voice.edge.live_call import LiveCall
from voice.edge.own_keys import own_keys

logger = logging.getLogger(__name__)

RENEW_S = settings.CALL_LEASE_S / 3
# A lost role and minutes that are used up end their calls within this time and one renewal. So does a revoked
# key, though that is mostly found sooner.
RECHECK_S = 25.0
TAKE_OVER_S = 5.0

SHUTDOWN_REFUSAL = Refusal(
    RefusalCode.SERVER_SHUTDOWN, "The server is shutting down. Connect again in a moment."
)
SHUTDOWN = EndReason(EndCode.SERVER_SHUTDOWN, EndedBy.PLATFORM, "The server was stopped.", SHUTDOWN_REFUSAL)
TAKEN_OVER = EndReason(
    EndCode.TAKEN_OVER,
    EndedBy.CALLER,
    "The conversation was continued on another connection.",
    Refusal(RefusalCode.TAKEN_OVER, "This conversation is now held on another connection."),
)
LEASE_LOST = EndReason(
    EndCode.SERVER_LOST,
    EndedBy.PLATFORM,
    "The call's lease lapsed.",
    Refusal(RefusalCode.INTERNAL_ERROR, "The server lost hold of this call. Connect again."),
)


class LiveCalls:
    """Belongs to one event loop. Its tasks live while there are calls: for the leases, for the commands."""

    def __init__(self) -> None:
        self._calls: dict[str, LiveCall] = {}
        self._upkeep: list[asyncio.Task[None]] = []
        self._none_left = asyncio.Event()
        self._none_left.set()
        self.is_draining = False

    def __len__(self) -> int:
        return len(self._calls)

    async def add(self, call: LiveCall) -> None:
        """Ends another call of the same conversation that began meanwhile: the newest connection has it."""
        older = self._holding(call.session_id)
        self._calls[call.call_id] = call
        self._none_left.clear()
        if not self._upkeep:
            self._upkeep = [
                asyncio.create_task(work, name=name, context=log_context.no_call())
                for work, name in (
                    (self._renew_regularly(), "leases of live calls"),
                    (CommandReader(self._calls).run(), "commands to live calls"),
                )
            ]
        if older is not None:
            await older.session.end(TAKEN_OVER)
        if self.is_draining:  # it began while its call was being admitted
            await call.session.end(SHUTDOWN)

    async def take_over(self, session_id: str) -> None:
        """Ends the call that holds this conversation, if one does, and waits until it is recorded."""
        older = self._holding(session_id)
        if older is None:
            return
        await older.session.end(TAKEN_OVER)
        try:
            async with asyncio.timeout(TAKE_OVER_S):
                await older.recorded.wait()
        except TimeoutError:
            logger.error("a call that was taken over could not be recorded in time")

    def _holding(self, session_id: str) -> LiveCall | None:
        return next((each for each in self._calls.values() if each.session_id == session_id), None)

    async def remove(self, call: LiveCall) -> None:
        call.recorded.set()
        self._calls.pop(call.call_id, None)
        if not self._calls:
            self._none_left.set()
            upkeep, self._upkeep = self._upkeep, []
            for task in upkeep:
                task.cancel()
            await asyncio.gather(*upkeep, return_exceptions=True)

    async def drain(self, within_s: float) -> None:
        """Refuses new calls, ends all, and waits until their records are written, `within_s` at most."""
        self.is_draining = True
        ending = [asyncio.create_task(call.session.end(SHUTDOWN)) for call in self._calls.values()]
        try:
            async with asyncio.timeout(within_s):
                await asyncio.gather(*ending, return_exceptions=True)
                await self._none_left.wait()
        except TimeoutError:
            logger.error("%d calls were still open when the time to drain was over", len(self._calls))
        finally:
            for task in ending:
                task.cancel()

    async def _renew_regularly(self) -> None:
        next_check_ms = now_ms() + RECHECK_S * 1000
        while True:
            await asyncio.sleep(RENEW_S)
            try:
                for call_id in await in_database(calls_renew, call_ids=list(self._calls)):
                    await self._end(call_id, LEASE_LOST)
                if now_ms() >= next_check_ms:
                    next_check_ms = now_ms() + RECHECK_S * 1000
                    await self._end_revoked()
                    organisation_ids = {call.principal.organisation.pk for call in self._calls.values()}
                    await in_database(limits_enforce, organisation_ids=organisation_ids)
                await own_keys.look_after([call.ports for call in self._calls.values() if call.ports])
            except Exception:  # noqa: BLE001  # the database may be away for a while; the next round tries again
                logger.exception("leases could not be renewed")

    async def _end(self, call_id: str, reason: EndReason) -> None:
        call = self._calls.get(call_id)
        if call is not None:
            await call.session.end(reason)

    async def _end_revoked(self) -> None:
        calls = list(self._calls.values())
        keys = {call.principal.api_key_id for call in calls if call.principal.api_key_id}
        people = {_pair(call.principal) for call in calls if call.principal.user_id}
        valid_keys = await in_database(api_keys_valid, keys) if keys else set()
        valid_people = await in_database(talkers_valid, people) if people else set()
        for call in calls:
            if not call.principal.api_key_id and not call.principal.user_id:
                continue  # the organisation's own doing
            by_key = call.principal.api_key_id in valid_keys
            by_person = bool(call.principal.user_id) and _pair(call.principal) in valid_people
            if not (by_key or by_person):
                await self._end(call.call_id, KEY_REVOKED)


def _pair(principal: Principal) -> tuple[str, str]:
    return principal.user_id, principal.organisation.pk


live_calls = LiveCalls()
