"""An address that a customer names leads into the internet or nowhere."""

from __future__ import annotations

import asyncio
import socket
import time
from ipaddress import ip_address
from typing import Any

import pytest

from agents.vendor_keys import base_address
from agents.vendor_keys.base_address import check_address, is_public, why_not_an_address
from voice.core.errors import RequestError, UnreachableError

PRIVATE = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 127.8.8.8 169.254.169.254
169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1
224.0.0.1 239.1.2.3 240.0.0.1 255.255.255.255
:: ::1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:10.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b::7f00:1 64:ff9b:1::1
2002:7f00:1:: 2002:a9fe:a9fe:: 2001::1 2001:0:5ef5:79fb::1 2001:db8::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1
ff02::1 100::1
"""
PUBLIC = """
8.8.8.8 1.1.1.1 104.18.2.3 2606:4700::1111 2a00:1450:4001::200e 64:ff9b::808:808 ::ffff:8.8.8.8
"""
# Each is this machine to some resolver or some reader of addresses.
TWISTED = """
https://127.1 https://2130706433 https://0x7f.1 https://0177.0.0.1 https://127.0.0.1 https://localhost
https://0 https://0x7f000001 https://017700000001 https://127.0.1 https://localhost. https://127.0.0.1:443
"""
MALFORMED = """
ftp://api.example.com //api.example.com api.example.com https:// https:/// https://user@api.example.com
https://user:word@api.example.com https://api.example.com?x=1 https://api.example.com#x https://[::1]
https://[::ffff:169.254.169.254] https://api.example.com\\@127.0.0.1 https://api.example.com:0
https://api.example.com:99999 https://api.example.com:x https://ex%61mple.com https://①.example.com file:///etc
https://api.example.com/%2e%2e https://api.example.com/a;b javascript:alert(1)
"""


@pytest.fixture(autouse=True)
def customers_are_strangers(settings: Any) -> None:
    settings.PRIVATE_VENDOR_ADDRESSES = False


def resolves_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    found = [(0, 0, 0, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(base_address, "_resolve", lambda host, port: found)


@pytest.mark.parametrize("address", PRIVATE.split())
def test_what_is_not_the_same_host_for_everybody_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC.split())
def test_hosts_in_the_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("base_url", TWISTED.split())
async def test_ways_to_write_this_machine_are_seen_through(base_url: str) -> None:
    with pytest.raises((RequestError, UnreachableError)):
        await check_address("groq", base_url)


@pytest.mark.parametrize("base_url", MALFORMED.split())
async def test_what_readers_could_read_differently_is_refused(base_url: str) -> None:
    assert why_not_an_address(base_url)
    with pytest.raises(RequestError):
        await check_address("groq", base_url)


async def test_one_private_answer_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    resolves_to(monkeypatch, "8.8.8.8", "10.0.0.7")
    with pytest.raises(RequestError, match="private network"):
        await check_address("groq", "https://api.example.com")


async def test_a_public_address_over_https_may_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    resolves_to(monkeypatch, "8.8.8.8", "2606:4700::1111")
    await check_address("groq", "https://api.example.com:8443/v1")
    await check_address("groq", "")  # the vendor's own


async def test_without_https_it_is_refused_before_anybody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base_address, "_resolve", lambda host, port: pytest.fail("it was looked up"))
    with pytest.raises(RequestError, match="https"):
        await check_address("groq", "http://api.example.com")


async def test_a_name_that_nobody_knows_or_that_takes_too_long_cannot_be_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(host: str, port: int) -> list[Any]:
        raise socket.gaierror("unknown")

    monkeypatch.setattr(base_address, "_resolve", unknown)
    with pytest.raises(UnreachableError):
        await check_address("groq", "https://nobody.example.com")
    monkeypatch.setattr(base_address, "RESOLVE_LIMIT_S", 0.05)
    monkeypatch.setattr(base_address, "_resolve", lambda host, port: time.sleep(0.3))
    async with asyncio.timeout(0.25):
        with pytest.raises(UnreachableError):
            await check_address("groq", "https://slow.example.com")


async def test_an_installation_may_allow_what_is_near(settings: Any) -> None:
    settings.PRIVATE_VENDOR_ADDRESSES = True
    await check_address("openai_compatible", "http://localhost:11434/v1")
    assert not why_not_an_address("http://localhost:11434/v1")
    assert why_not_an_address("http://user@localhost")
