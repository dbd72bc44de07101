"""Which country a telephone number belongs to, and whether an organisation's agents may call there."""

from __future__ import annotations

from phonenumbers import SUPPORTED_REGIONS, NumberParseException, parse, region_code_for_number
from phonenumbers.phonenumberutil import region_code_for_country_code

from accounts.models import Organisation

COUNTRIES = frozenset(SUPPORTED_REGIONS)


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
