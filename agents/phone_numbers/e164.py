"""Telephone numbers as carriers write them: a plus sign, the country and the number, digits only."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, parse

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# What people put between the digits.
BETWEEN = re.compile(r"[\s().\-/\u00a0]+")
LONGEST_TYPED = 40


def is_e164(text: str) -> bool:
    return E164.fullmatch(text) is not None


def as_written(typed: str) -> str:
    """Without what people put between its digits, and without a zero that is dialled within the country
    alone: +49 (0)30 123456."""
    number = BETWEEN.sub("", typed)
    if not is_e164(number):
        return number
    try:
        return format_number(parse(number), PhoneNumberFormat.E164)
    except NumberParseException:  # no country that is known
        return number


def clean_number(typed: str) -> str:
    """ "+1 (555) 010-0000" is +15550100000. Raises ValidationError."""
    number = as_written(typed)
    if not is_e164(number):
        message = "Enter the whole number with its country, such as +1 555 010 0000."
        raise ValidationError(message, code="not_e164")
    return number
