"""A customer and a simulated Twilio that reaches it under its public address."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.simulated_phone.customer import PUBLIC, Customer
from tests.simulators.twilio.simulator import TwilioSimulator


@pytest.fixture
async def customer() -> AsyncIterator[Customer]:
    async with Customer() as made:
        yield made


@pytest.fixture
async def twilio(customer: Customer) -> AsyncIterator[TwilioSimulator]:
    made = TwilioSimulator({PUBLIC: customer.base_url})
    async with made:
        yield made
