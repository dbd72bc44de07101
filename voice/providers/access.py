"""How a vendor is reached: whose key, and which address where it is not the vendor's own."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Vendor:
    """`does` and `variables`: what for, and how the names begin of what this installation sets (…_API_KEY and
    …_BASE_URL). `is_own`: run by whoever uses it, so that it needs an address and perhaps no key."""

    name: str
    label: str
    variables: str
    does: str
    is_own: bool = False

    def lacks(self, access: VendorAccess | None) -> str:
        """What is missing to reach it, as part of a sentence; empty if nothing is."""
        if self.is_own:
            return "" if access and access.base_url else f"no address for it ({self.variables}_BASE_URL)"
        return "" if access and access.api_key else f"no API key for it ({self.variables}_API_KEY)"


VENDORS: dict[str, Vendor] = {
    vendor.name: vendor
    for vendor in (
        Vendor("deepgram", "Deepgram", "DEEPGRAM", "hears and speaks"),
        Vendor("elevenlabs", "ElevenLabs", "ELEVENLABS", "speaks"),
        Vendor("groq", "Groq", "GROQ", "thinks"),
        Vendor(
            "openai_compatible",
            "Your own server",
            "OPENAI_COMPATIBLE",
            "thinks, hears and speaks",
            is_own=True,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class VendorAccess:
    """`base_url` without a path; empty for the vendor's own. Never printed with its key.

    `key_id` stands for a key that an organisation brought along; empty: it is this installation's.
    `over_http`: no sockets, where there is another way (a proxy that lets none through).
    """

    vendor: str
    api_key: str = field(default="", repr=False)
    base_url: str = ""
    key_id: str = ""
    over_http: bool = False

    def hide_key(self, text: str) -> str:
        """A vendor's words as they may be stored and shown: some repeat the key that they refuse, or have
        in them what is no character."""
        whole = text.replace("\0", " ").encode("utf-8", "replace").decode()
        return whole.replace(self.api_key, "[key]") if self.api_key else whole
