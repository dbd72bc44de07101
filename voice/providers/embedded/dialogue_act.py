"""What a caller does with words that ask nothing of the knowledge: greets, thanks, agrees, wants it again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from rapidfuzz.distance import Levenshtein

from voice.providers.embedded.knowledge_index import Pronounce
from voice.providers.embedded.word_sound import coarse, fine
from voice.providers.embedded.wording import STOP_WORDS, words_of


class Act(StrEnum):
    GREETING = "greeting"
    HEAR_ME = "hear_me"
    HOW_ARE_YOU = "how_are_you"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    YES = "yes"
    NO = "no"
    REPEAT = "repeat"
    MORE = "more"
    WAIT = "wait"
    WHO = "who"
    MACHINE = "machine"
    TOPICS = "topics"
    HELP = "help"
    HUMAN = "human"
    NAME_ASKED = "name_asked"
    PRAISE = "praise"
    COMPLAINT = "complaint"


# The whole utterance, fillers aside; the order decides where two fit.
_THANKS = r"(?:thank you|thanks|thanks a lot|thank you (?:so|very) much|cheers|many thanks)"
_BYE = (
    r"(?:(?:good ?)?bye(?: bye)?|good ?night|see you(?: later| soon)?|"
    r"have a (?:nice|good) (?:day|one|evening))"
)
_PATTERNS: dict[Act, list[str]] = {
    Act.GOODBYE: [
        r"(?:(?:no|okay|ok|great|that(?:'s| is| was) (?:all|it)|<thanks>) ?)*<bye>(?: now| then|"
        r" <thanks>)*",
        r"(?:no ?)?(?:<thanks> )?that(?:'s| is| was| will be) (?:all|it)(?: <thanks>)?(?: for now)?",
        r"(?:i have|there's) nothing else",
        r"no(?:thing)?(?: else)? <thanks>",
        r"i'm done",
    ],
    Act.THANKS: [
        r"(?:(?:okay|ok|great|perfect|good|alright|all right|yes|cool) )*<thanks>(?: for .{0,30})?",
    ],
    Act.HEAR_ME: [
        r"(?:hello |hi |hey )*(?:can|do) you hear me(?: now)?",
        r"(?:hello |hi )?(?:are you|anybody|is anybody|is anyone|is someone) (?:still )?there",
    ],
    Act.HOW_ARE_YOU: [
        r"(?:hello |hi |hey )*how(?: are|'re) you(?: doing)?(?: today)?",
        r"(?:hello |hi )?how's it going",
    ],
    Act.GREETING: [
        r"(?:(?:hello|hi|hey|hiya|good (?:morning|afternoon|evening|day))(?: there| again| mia)? ?)+",
    ],
    Act.YES: [
        r"(?:(?:yes|yeah|yep|yup|sure|correct|exactly|right|that's (?:right|it)|of course|please|"
        r"please do|okay|ok|i do|indeed|go ahead|that one|alright|all right) ?)+",
    ],
    Act.NO: [
        r"(?:(?:no|nope|nah|not really|not that|that's (?:not it|wrong)|wrong|i don't|neither|"
        r"never mind) ?)+",
    ],
    Act.REPEAT: [
        r"(?:sorry |pardon |excuse me |please )*(?:(?:can|could|would|will) you )?(?:please )?(?"
        r":repeat|say)(?: that| it| this)?(?: again| once more| one more time)?(?: please| slowly|"
        r" slower)*",
        r"(?:sorry )?what did you (?:just )?say",
        r"(?:i'm )?sorry(?: what)?",
        r"pardon(?: me)?",
        r"what",
        r"come again",
        r"again(?: please)?",
        r"(?:sorry )?i (?:didn't|did not) (?:get|catch|hear|understand) (?:that|you|it)",
        r"(?:please )?(?:speak|talk) (?:slower|more slowly|louder|up)(?: please)?",
        r"one more time(?: please)?",
    ],
    Act.MORE: [
        r"(?:and )?(?:what|anything|something) else(?: can you tell me)?",
        r"(?:please )?(?:can you )?tell me more(?: about (?:it|that))?",
        r"more(?: please)?",
        r"go on",
        r"(?:please )?continue",
    ],
    Act.WAIT: [
        r"(?:please )?(?:wait|hold on|hang on|one (?:moment|second|minute)|just a (?:moment|"
        r"second|minute)|give me a (?:moment|second|minute)|let me (?:think|see|check)|stop)(?"
        r": a (?:moment|second|minute))?(?: please)?",
    ],
    Act.MACHINE: [
        r"are you (?:a |an )?(?:real|human|robot|machine|computer|bot|person|ai|real person|"
        r"real human|human being|recording|artificial intelligence)",
        r"am i (?:talking|speaking) (?:to|with) a (?:real )?(?:human|person|robot|machine|"
        r"computer|bot)",
    ],
    Act.WHO: [
        r"who (?:are you|is this|is that|am i (?:talking|speaking) (?:to|with))",
        r"(?:and )?what(?:'s| is) your name",
        r"(?:can|could|may) i (?:know|have) your name",
    ],
    Act.TOPICS: [
        r"what (?:can|could|do) you (?:do|know|help(?: me)? with|tell me|answer|offer me)(?"
        r": for me| about)?",
        r"what (?:can|could|should) i ask(?: you)?(?: about)?",
        r"how can you help(?: me)?",
        r"what are (?:my|the) options",
    ],
    Act.HELP: [
        r"(?:can|could|would) you (?:please )?help(?: me)?(?: please)?",
        r"(?:i need|i want)(?: some| your)? help",
        r"help(?: me)?(?: please)?",
        r"i have a (?:question|problem)",
        r"(?:can|may) i ask (?:you )?(?:something|a question)",
    ],
    Act.NAME_ASKED: [
        r"(?:do you (?:know|remember) )?what(?:'s| is) my name(?: again)?",
        r"do you (?:know|remember) (?:my name|who i am|what my name is)",
        r"who am i",
        r"what my name is",
    ],
    Act.PRAISE: [
        r"(?:(?:great|perfect|good|nice|cool|excellent|wonderful|awesome|fantastic|lovely|got it|"
        r"i see|i understand|very good|well done|that's (?:great|good|fine|nice|perfect|helpful)|"
        r"good to know) ?)+",
    ],
    Act.COMPLAINT: [
        r"(?:you (?:don't|do not) understand(?: me| anything)*|you're not (?:listening|helping|"
        r"helpful)|(?:this|that) (?:is|was)(?:n't| not) (?:what i (?:asked|meant)|helpful|right|"
        r"it)|that's not what i (?:asked|meant)|that's useless|that doesn't help(?: me)?|"
        r"you're useless)",
    ],
}
_COMPILED = [
    (act, re.compile(pattern.replace("<thanks>", _THANKS).replace("<bye>", _BYE)))
    for act, patterns in _PATTERNS.items()
    for pattern in patterns
]
# Anywhere in what was said.
_PERSON = (
    r"(?:human|person|real person|someone|somebody|agent|operator|manager|representative|employee|colleague|"
    r"people|supervisor|staff|human being)"
)
_HUMAN = re.compile(
    r"\b(?:talk|speak|connect me|put me through|transfer me|transfer|get me)(?: to| with)?"
    rf" (?:a |an |the |some |your )*{_PERSON}\b|"
    r"\b(?:(?:real|human) (?:person|agent|being)|call me back|a human)\b"
)
_FILLER = re.compile(
    r"^(?:(?:uh|um|uhm|er|ah|oh|well|so|okay|ok|hm|hmm|and|but|please|sorry|then|now) )+(?=\S)"
)
# Short phrases that a transcriber easily takes for others.
_BY_SOUND: dict[str, Act] = {
    "goodbye": Act.GOODBYE,
    "thank you": Act.THANKS,
    "thank you very much": Act.THANKS,
    "thank you goodbye": Act.GOODBYE,
    "hello": Act.GREETING,
    "can you repeat that": Act.REPEAT,
    "what did you say": Act.REPEAT,
    "who are you": Act.WHO,
    "what is your name": Act.WHO,
    "what can you do": Act.TOPICS,
    "can you help me": Act.HELP,
    "can you hear me": Act.HEAR_ME,
    "how are you": Act.HOW_ARE_YOU,
    "talk to a human": Act.HUMAN,
    "speak to a person": Act.HUMAN,
}
_ENOUGH_ALIKE = 0.82
_INTRODUCTION = re.compile(
    r"\b(?:my name is|my name's|i am called|i'm called|you can call me|call me|(?:hello|hi|hey),? this is|"
    r"^this is|the name is|the name's)\s+([a-z][a-z'-]+)(?:\s+([a-z][a-z'-]+))?"
    r"(?=\s*(?:$|[.,!?]|and\b|speaking|calling|i\b|can\b|what\b|do\b))",
    re.IGNORECASE,
)


def act_of(text: str) -> Act | None:
    """What an utterance does when that is all it does; None when it is about something."""
    said = " ".join(words_of(text))
    for candidate in (said, _FILLER.sub("", said)):
        for act, pattern in _COMPILED:
            if pattern.fullmatch(candidate):
                return act
    return None


def act_by_sound(text: str, pronounce: Pronounce) -> Act | None:
    """The same for what merely sounds like it: "good buy"."""
    words = words_of(text)
    if not 1 <= len(words) <= 6:
        return None
    sounds = pronounce(words)
    heard = [phone for word in words for phone in sounds.get(word, ())]
    best, alike = None, _ENOUGH_ALIKE
    for phrase, act in _BY_SOUND.items():
        of_phrase = pronounce(phrase.split())
        phones = [phone for word in phrase.split() for phone in of_phrase.get(word, ())]
        likeness = (
            Levenshtein.normalized_similarity(fine(heard), fine(phones))
            + Levenshtein.normalized_similarity(coarse(heard), coarse(phones))
        ) / 2
        if likeness > alike:
            best, alike = act, likeness
    return best


def asks_for_human(text: str) -> bool:
    return _HUMAN.search(" ".join(words_of(text))) is not None


def introduced_name(texts: Sequence[str]) -> str | None:
    """The name that a caller gave last, as it is written."""
    for text in reversed(texts):
        match = _INTRODUCTION.search(text.replace("’", "'"))
        if match and match.group(1).lower() not in STOP_WORDS:
            names = [
                name
                for name in match.groups()
                if name and name.lower() not in {*STOP_WORDS, "speaking", "calling"}
            ]
            return " ".join(name.capitalize() if name.islower() else name for name in names)
    return None
