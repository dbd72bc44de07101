"""The catalogue's rows as what the providers' floor knows them as, and back."""

from __future__ import annotations

from typing import Any

from agents.models import CatalogueEntry
from voice.providers.offers import Catalogue, Listing, Model, Offer, Terms, TranscriberModel, Voice

Kind = CatalogueEntry.Kind
PRICES = ("per_minute", "per_million_in", "per_million_out", "per_thousand_characters")


def fields_of(offer: Offer) -> dict[str, Any]:
    """What a row says of an offer, but for its kind, provider and name."""
    terms = offer.terms
    fields: dict[str, Any] = {
        "label": offer.label,
        "description": offer.description,
        "note": offer.note,
        "languages": [] if isinstance(offer, Model) else list(offer.languages),
        "accent": offer.accent if isinstance(offer, Voice) else "",
        "sex": offer.sex if isinstance(offer, Voice) else "",
        "formats": list(terms.formats),
        "tier": terms.tier,
        "prices_as_of": terms.as_of,
        "context_tokens": terms.context_tokens,
        "longest_reply_tokens": terms.longest_reply_tokens,
    }
    return fields | {name: getattr(terms, name) for name in PRICES}


def kind_of(offer: Offer) -> Kind:
    if isinstance(offer, Voice):
        return Kind.VOICE
    return Kind.MODEL if isinstance(offer, Model) else Kind.TRANSCRIBER


def name_of(offer: Offer) -> str:
    return offer.choice.split("/", 1)[1]


def offers_in(listed: Catalogue | Listing) -> list[Offer]:
    return [*(listed.models or ()), *(listed.voices or ()), *(listed.transcribers or ())]


def catalogue_of_rows(rows: list[CatalogueEntry]) -> Catalogue:
    """In the order of the rows."""
    by_kind: dict[str, list[CatalogueEntry]] = {kind: [] for kind in Kind}
    for row in rows:
        by_kind[row.kind].append(row)
    return Catalogue(
        voices=tuple(map(_voice, by_kind[Kind.VOICE])),
        models=tuple(map(_model, by_kind[Kind.MODEL])),
        transcribers=tuple(map(_transcriber, by_kind[Kind.TRANSCRIBER])),
    )


def _voice(row: CatalogueEntry) -> Voice:
    return Voice(
        row.provider_id,
        row.name,
        row.label,
        tuple(row.languages),
        row.accent,
        row.sex,
        row.description,
        row.note,
        _terms(row),
    )


def _model(row: CatalogueEntry) -> Model:
    return Model(row.provider_id, row.name, row.label, row.description, row.note, _terms(row))


def _transcriber(row: CatalogueEntry) -> TranscriberModel:
    return TranscriberModel(
        row.provider_id,
        row.name,
        row.label,
        tuple(row.languages),
        row.description,
        row.note,
        _terms(row),
    )


def _terms(row: CatalogueEntry) -> Terms:
    return Terms(
        tier=row.tier,
        per_minute=row.per_minute,
        per_million_in=row.per_million_in,
        per_million_out=row.per_million_out,
        per_thousand_characters=row.per_thousand_characters,
        as_of=row.prices_as_of,
        formats=tuple(row.formats),
        context_tokens=row.context_tokens,
        longest_reply_tokens=row.longest_reply_tokens,
        is_gone=row.vanished_at is not None,
    )
