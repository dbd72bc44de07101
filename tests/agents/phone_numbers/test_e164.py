"""Numbers as people write them, in their E.164 form."""

from __future__ import annotations

import pytest

from agents.phone_numbers.e164 import clean_number
from agents.transfer_targets import targets_of


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+1 (555) 010-0999", "+15550100999"),
        ("+15550100", "+15550100"),
        # A zero that is dialled within the country alone.
        ("+49 (0)30 123456", "+4930123456"),
        ("+44 (0) 20 7946 0018", "+442079460018"),
        ("+33 (0)1.99.00.12.34", "+33199001234"),
        # It belongs to the number there.
        ("+39 (0)2 1234567", "+39021234567"),
        ("+39 02/1234567", "+39021234567"),
        # No country that is known, and perhaps one some day.
        ("+999 0123 4567", "+99901234567"),
    ],
)
def test_a_number_is_found_in_what_people_write(typed: str, number: str) -> None:
    assert clean_number(typed) == number
    (target,) = targets_of(f"Desk = {typed}")
    assert target["to"] == number
