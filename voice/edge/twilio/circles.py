"""Callers who are sent on do not come round for ever: numbers can name each other, here or elsewhere."""

from __future__ import annotations

import logging

import redis
from django.http import HttpRequest

from accounts.minute_limit import within_limit
from agents.models import PhoneNumber
from agents.phone_numbers.e164 import is_e164
from agents.phone_numbers.selectors import leads_back, phone_number_called
from calls.models import Call
from calls.selectors import put_through_by
from voice.edge.twilio.line import number_in

logger = logging.getLogger(__name__)

# Of one caller from one number. Whoever dials it that often themselves is asked to wait as well.
SENT_ON_A_MINUTE = 5
# To and fro between agents, as somebody may well ask for.
PUT_THROUGH_IN_A_ROW = 5


def goes_round(number: PhoneNumber, to: str) -> bool:
    """Over the organisation's own numbers. Saving refuses that; a row may be older, or written past it."""
    is_circle = leads_back(organisation=number.organisation, number=number.number, to=to)
    if is_circle:
        logger.warning("a phone number names one that leads back to it: nobody is dialled")
    return is_circle


def comes_round(request: HttpRequest, number: PhoneNumber) -> bool:
    """Over numbers that cannot be looked into, of other organisations or a switchboard: the same caller comes
    again and again. Counts one more; not of those who withhold their number, who are all alike, also where
    they come under the number of the organisation's that sent them on."""
    caller = number_in(request, "From")
    if not is_e164(caller) or phone_number_called(organisation=number.organisation, number=caller):
        return False
    try:
        is_circle = not within_limit(f"sent-on:{number.pk}:{caller}", SENT_ON_A_MINUTE)
    except (OSError, redis.RedisError) as error:  # callers are sent on when things are broken
        logger.warning("it cannot be counted who is sent on: %s", type(error).__name__)
        return False
    if is_circle:
        logger.warning("a caller is sent on too often: nobody is dialled")
    return is_circle


def is_put_round(call: Call) -> bool:
    """Agents put the caller through from one of the organisation's numbers to the next, again and again: each
    time another call that goes on at the carrier. To the numbers of others it may be once more."""
    to = str((call.handover or {}).get("to", ""))
    if phone_number_called(organisation=call.organisation, number=to) is None:
        return False
    for _ in range(PUT_THROUGH_IN_A_ROW):
        before = put_through_by(call)
        if before is None:
            return False
        call = before
    logger.warning("a caller is put through in a circle: nobody is dialled")
    return True
