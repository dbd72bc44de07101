"""TwiML as Twilio reads it: verbs, nouns, warnings for what it does not know, and what it cannot read."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.etree import ElementTree

CALLBACK = {"statusCallback", "statusCallbackMethod", "statusCallbackEvent"}
RECORDED = {
    "record",
    "recordingStatusCallback",
    "recordingStatusCallbackMethod",
    "recordingStatusCallbackEvent",
}
# The attributes of each, and the elements that may stand in it.
ELEMENTS: dict[str, tuple[set[str], set[str]]] = {
    "Say": ({"voice", "language", "loop"}, set()),
    "Play": ({"loop", "digits"}, set()),
    "Pause": ({"length"}, set()),
    "Hangup": (set(), set()),
    "Reject": ({"reason"}, set()),
    "Redirect": ({"method"}, set()),
    "Connect": ({"action", "method"}, {"Stream"}),
    "Stream": (
        {"url", "name", "track", "statusCallback", "statusCallbackMethod"},
        {"Parameter"},
    ),
    "Parameter": ({"name", "value"}, set()),
    "Dial": (
        {"action", "method", "timeout", "timeLimit", "callerId", "answerOnBridge", "hangupOnStar", "ringTone"}
        | {"sequential", "referUrl", "referMethod", "trim"}
        | RECORDED,
        {"Number", "Sip"},
    ),
    "Number": ({"sendDigits", "url", "method", "byoc"} | CALLBACK, set()),
    "Sip": ({"username", "password", "url", "method"} | CALLBACK, set()),
    "Gather": (
        {"input", "action", "method", "timeout", "finishOnKey", "numDigits", "actionOnEmptyResult"}
        | {"language", "hints", "speechTimeout", "bargeIn"},
        {"Say", "Play", "Pause"},
    ),
}
VERBS = {"Say", "Play", "Pause", "Hangup", "Reject", "Redirect", "Connect", "Dial", "Gather"}


class DocumentError(ValueError):
    """Twilio cannot read it, and says "application error" to the caller. 12100: no TwiML."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True)
class Element:
    name: str
    attributes: dict[str, str]
    text: str
    children: tuple[Element, ...]

    def flag(self, name: str) -> bool:
        return self.attributes.get(name, "false").lower() == "true"

    def seconds(self, name: str, default: float) -> float:
        try:
            return float(self.attributes.get(name, default))
        except ValueError:
            return default


@dataclass(frozen=True)
class Document:
    """`warnings` are what Twilio's debugger would list of it (12200); what is not known is left out."""

    verbs: tuple[Element, ...]
    warnings: list[str] = field(default_factory=list)


def document(text: bytes) -> Document:
    """Raises DocumentError."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise DocumentError(12100, f"no XML: {error}") from error
    if root.tag != "Response":
        raise DocumentError(12100, f"the root is {root.tag}, not Response")
    warnings: list[str] = []
    return Document(tuple(_children(root, VERBS, warnings)), warnings)


def _children(parent: ElementTree.Element, allowed: set[str], warnings: list[str]) -> list[Element]:
    found = []
    for child in parent:
        if child.tag not in allowed:
            warnings.append(f"12200 <{child.tag}> may not stand in <{parent.tag}>")
            continue
        attributes, inner = ELEMENTS[child.tag]
        for name in child.attrib:
            if name not in attributes:
                warnings.append(f"12200 <{child.tag}> has no attribute {name}")
        text = " ".join((child.text or "").split())
        found.append(Element(child.tag, dict(child.attrib), text, tuple(_children(child, inner, warnings))))
    return found
