"""A part of the agent's form: a section of its page, which reads and writes its own settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms

from accounts.models import Plan
from agents.forms.fields import FallbackField, RangeField
from agents.snapshot import Settings
from agents.vendor_keys.organisation_vendors import OrganisationVendors
from voice.core.spec import AUTOMATIC, NO_FALLBACK


@dataclass(frozen=True, slots=True)
class Heading:
    """`id` is the section's anchor on the page."""

    id: str
    title: str
    lead: str


class AgentFormPart(forms.Form):
    """Parts are put together by inheritance: each override adds its own to what the others say."""

    heading: ClassVar[Heading]
    # Settings outside of every group, each shown by a field of the same name.
    plain: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, plan: Plan, vendors: OrganisationVendors, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan = plan
        self.vendors = vendors
        self.offer()

    def offer(self) -> None:
        """Fill the choices that depend on the organisation."""

    @classmethod
    def initial_of(cls, full: Settings) -> dict[str, Any]:
        """What the fields show for complete settings."""
        initial: dict[str, Any] = {}
        for part in cls.mro():
            initial |= {name: full[name] for name in vars(part).get("plain", ())}
        for name, field in cls.base_fields.items():
            if isinstance(field, RangeField):
                group, key = field.setting.split(".")
                initial[name] = full[group][key]
            elif isinstance(field, FallbackField):
                initial[name] = full[field.group]["fallback"]
        return initial

    def put_into(self, settings: Settings) -> None:
        """Write what a valid form says into complete settings."""
        for part in type(self).mro():
            settings |= {name: self.cleaned_data[name] for name in vars(part).get("plain", ())}
        for name, field in self.fields.items():
            if isinstance(field, RangeField):
                group, key = field.setting.split(".")
                settings[group][key] = self.cleaned_data[name]
            elif isinstance(field, FallbackField):
                settings[field.group]["fallback"] = self.cleaned_data[name]

    def usable(self, choice: str) -> str:
        """The choice, as "provider/name". Raises ValidationError where its provider cannot be used."""
        if why_not := self.vendors.why_not(choice.split("/", 1)[0]):
            raise forms.ValidationError(why_not, code="provider_unavailable")
        return choice

    def usable_fallback(self, choice: str) -> str:
        """As `usable`, for who stands in, which may also be left to choose or nobody."""
        return choice if choice in (AUTOMATIC, NO_FALLBACK) else self.usable(choice)

    def check_fallback(self, name: str, chosen: str | None) -> str:
        """The fallback of this field as "provider/name", unless it is left to choose, nobody or wrong."""
        fallback: str = self.cleaned_data.get(name) or ""
        if fallback in (AUTOMATIC, NO_FALLBACK):
            return ""
        if fallback == chosen:
            self.add_error(name, "It cannot stand in for itself. Choose another, or leave it to us.")
            return ""
        return fallback
