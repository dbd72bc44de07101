"""Countries as telephone numbers have them: which one a number belongs to, and whether agents may call it."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from phonenumbers import (
    SUPPORTED_REGIONS,
    NumberParseException,
    country_code_for_region,
    parse,
    region_code_for_number,
)
from phonenumbers.phonenumberutil import region_code_for_country_code

from accounts.models import Organisation

COUNTRIES = frozenset(SUPPORTED_REGIONS)


@cache
def country_names() -> dict[str, str]:
    """ "Germany" by "DE", in the order in which people look for them.

    phonenumbers has them too, in every language, for 100 MB of memory.
    """
    names = tomllib.loads(Path(__file__).with_name("countries.toml").read_text(encoding="utf-8"))
    return {code: str(name) for code, name in names.items()}


def country_name(country: str) -> str:
    """Its code where it has no name."""
    return country_names().get(country, country)


def calling_code(country: str) -> str:
    """ "+49" for "DE"; several countries share +1."""
    return f"+{country_code_for_region(country)}"


def country_of(number: str) -> str:
    """ "DE" for +4930123456; empty where there is no such country. `number`: E.164.

    Of a number that its country has not given to anybody, the country that its code is mainly of.
    """
    try:
        parsed = parse(number)
    except NumberParseException:
        return ""
    country = region_code_for_number(parsed) or region_code_for_country_code(parsed.country_code or 0)
    return country if country in COUNTRIES else ""


def may_call(organisation: Organisation, *, from_number: str, to_number: str) -> bool:
    allowed = set(organisation.called_countries) or {country_of(from_number)}
    return country_of(to_number) in allowed - {""}
