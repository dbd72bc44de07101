"""A part of the agent's form: a section of its page, which reads and writes its own settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms

from agents.catalogue.organisation_catalogue import OrganisationCatalogue
from agents.forms.fields import FallbackField, RangeField
from agents.snapshot import Settings
from voice.core.spec import AUTOMATIC, NO_FALLBACK
from voice.providers.offers import Offer


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

    def __init__(self, *args: Any, catalogue: OrganisationCatalogue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.catalogue = catalogue
        self.offered = catalogue.offered
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

    def usable(self, choice: str, offer: Offer | None, *, had: str = "") -> str:
        """The choice, as "provider/name". Raises ValidationError where it cannot be used.

        `had`: what the agent has, which it may keep when its vendor lists it no more.
        """
        if offer is None:
            raise forms.ValidationError(
                f"{choice} is not offered here. Choose another.", code="provider_unavailable"
            )
        if above_plan := self.catalogue.above_plan(offer):
            raise forms.ValidationError(above_plan, code="model_not_allowed")
        if why_not := self.catalogue.vendors.why_not(offer.provider):
            raise forms.ValidationError(why_not, code="provider_unavailable")
        if offer.terms.is_gone and choice != had:
            raise forms.ValidationError(
                f"{offer.label} is no longer listed by its vendor. Choose another.",
                code="provider_unavailable",
            )
        return choice

    def usable_fallback(self, choice: str, offer: Offer | None) -> str:
        """As `usable`, for who stands in, which may also be left to choose or nobody."""
        return choice if choice in (AUTOMATIC, NO_FALLBACK) else self.usable(choice, offer)

    def check_fallback(self, name: str, chosen: str | None) -> str:
        """The fallback of this field as "provider/name", unless it is left to choose, nobody or wrong."""
        fallback: str = self.cleaned_data.get(name) or ""
        if fallback in (AUTOMATIC, NO_FALLBACK):
            return ""
        if fallback == chosen:
            self.add_error(name, "It cannot stand in for itself. Choose another, or leave it to us.")
            return ""
        return fallback
