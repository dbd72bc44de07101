"""What a word is worth when a caller asks something: its stem, its meaning group, or nothing at all."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache

import snowballstemmer

WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")

# Words that say nothing about what is asked for.
_STOP_WORDS = """
a about actually again ah all also am an and any anyone anything are aren't as ask asking at be
because been being but by can can't cannot could couldn't did didn't do does doesn't doing don't
each eh else er ever every everything for from get getting give go going gonna got had has have
haven't having he hello hey hi his hm hmm how i i'd i'll i'm i've if in into is isn't it it'd it'll
it's its just kind know let let's like likely look looking lot made make makes making many may maybe
me mean might mine much must my myself need needs no not now of off oh ok okay on once one only or
our out over please possible question quite really right say see she should so some somebody someone
something somewhere soon sorry sort still such sure take takes taking tell than thank thanks that
that's the their them then there there's these they they're thing things think this those though to
too try trying uh uhm um until up us use using very want wanted wants was wasn't we we'd we'll we're
we've well were what what's when where which while who who's why will with won't would wouldn't yeah
yes yet you you'd you'll you're you've your yours yourself
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
# Words that rarely decide which answer is meant, though they may.
_LIGHT_WORDS = """
sell sells buy accept accepted today tomorrow tonight morning evening afternoon week weekend month year
day days time times bad badly good nice best better new old next last first long short big small little place
people person way part work works working help call come comes coming bring happen happened wrong
problem issue start find show keep put home house whole early late soon ago minute minutes hour
tomorrow's today's able already always another around back before after between both different down
during own same usually available offer provide regarding information info details interested
wondering hoping
"""
LIGHT_WORDS = frozenset(_LIGHT_WORDS.split())
# Words that mean nearly the same to somebody who asks a business something. One line is one meaning.
MEANINGS = [
    "price cost costs fee charge charges expensive cheap pricing rate rates",
    "open opening hours close closed closing opened",
    "appointment booking book schedule reservation reserve visit slot",
    "cancel reschedule postpone cancellation",
    "cancel terminate quit end cancellation",
    "move moving relocate relocating",
    "dentist doctor dentists doctors physician",
    "emergency urgent urgently immediately",
    "pain hurt hurts hurting ache aching painful sore toothache",
    "tooth teeth toothache dental",
    "whitening whiten whiter bleach bleaching white",
    "checkup check-up check examination",
    "park parking car vehicle parked",
    "child children kid kids son daughter baby toddler",
    "insurance insured insurer insurers coverage covered insurances",
    "pay payment cash paying paid paypal credit",
    "delivery deliver delivered shipping ship arrive arrives shipment delivering",
    "order package parcel shipment tracking track ordered",
    "return refund returned send-back money-back returns",
    "broken damaged damage faulty defective defect broke",
    "internet wifi online broadband network wireless connection wi-fi",
    "slow slowly speed fast fastest sluggish",
    "router modem box",
    "bill invoice bills billing statement",
    "outage outages disruption",
    "login log-in sign-in signin sign log account logging",
    "password passcode pin",
    "phone telephone call number mobile",
    "email mail e-mail",
    "address location located directions street",
    "shop store branch showroom",
    "contract subscription agreement",
    "plan plans tariff tariffs package packages",
    "technician engineer repairman mechanic",
    "fixed static",
    "install installation setup set-up connect",
    "gift voucher present vouchers coupon",
    "discount coupon sale promotion deal",
    "poisonous toxic safe harmful dangerous",
    "water watering watered",
    "cat cats kitten",
    "dog dogs puppy",
    "staff team employees colleagues",
    "warranty guarantee",
    "menu food dish meal",
    "change edit modify update alter",
    "repair fix repaired",
]
# What a question's first word asks for, as a word of the meanings above.
ASKED_FOR = [
    (re.compile(r"\bhow (?:much|expensive)\b(?! water| time)"), "price"),
    (re.compile(r"\bwhere (?:are|is|'s) (?:you|your (?:shop|store|office|practice|place))\b"), "address"),
    (re.compile(r"\bwhere (?:do|can) i find you\b|\bget to you\b|\bhow do i get there\b"), "address"),
    (
        re.compile(r"\b(?:when|what time|how late|how long) (?:are|do|is|will) (?:you|the (?:shop|store)) "),
        "hours",
    ),
    (re.compile(r"\b(?:is|'s) down\b|\bnot working\b|\bdoesn't work\b|\bnothing works\b"), "outage"),
]

_stemmer = snowballstemmer.stemmer("english")
_stemmer_lock = threading.Lock()


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    # The stemmer keeps the word it works on in itself.
    with _stemmer_lock:
        return str(_stemmer.stemWord(word.removesuffix("'s").replace("'", "")))


def words_of(text: str) -> list[str]:
    """Lower-case words without accents, typographic apostrophes or hyphens."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("’", "'")).encode("ascii", "ignore").decode()
    return WORD.findall(plain.replace("e-mail", "email").replace("wi-fi", "wifi"))


def asked_for(text: str) -> list[str]:
    """Words that a question means without saying them: "how much" asks for the price."""
    lowered = text.lower().replace("’", "'")
    return [word for pattern, word in ASKED_FOR if pattern.search(lowered)]


_MEANINGS_OF: dict[str, tuple[str, ...]] = {}
for _number, _line in enumerate(MEANINGS):
    for _word in _line.replace("-", "").split():
        _key = stem(_word)
        _MEANINGS_OF[_key] = tuple(dict.fromkeys((*_MEANINGS_OF.get(_key, ()), f"§{_number}")))


def meanings_of(stemmed: str) -> tuple[str, ...]:
    """The meaning groups of a stem; usually none or one."""
    return _MEANINGS_OF.get(stemmed, ())
