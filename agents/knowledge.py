"""An agent's knowledge as people edit it: question and answer pairs, and plain text in paragraphs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms

from agents.snapshot import LONGEST_ANSWER, MOST_KNOWLEDGE_ENTRIES

Entry = dict[str, str]
EMPTY_ROWS = 1


def plain_text_entries(text: str) -> list[Entry]:
    """A paragraph is an entry without a question."""
    paragraphs = (" ".join(part.split()) for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")))
    return [{"question": "", "answer": paragraph} for paragraph in paragraphs if paragraph]


def plain_text_of(knowledge: list[Entry]) -> str:
    return "\n\n".join(entry["answer"] for entry in knowledge if not entry["question"])


class PairForm(forms.Form):
    """One question, in the ways callers may ask it, and its answer."""

    question = forms.CharField(
        max_length=1000, widget=forms.Textarea(attrs={"rows": 2, "placeholder": "When are you open?"})
    )
    answer = forms.CharField(
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "We are open from nine to five."}),
    )


if TYPE_CHECKING:
    PairForms = forms.BaseFormSet[PairForm]
else:
    PairForms = forms.BaseFormSet


class BasePairFormSet(PairForms):
    def to_mend(self) -> list[tuple[int, forms.BoundField]]:
        """The fields with errors, each with the number of its pair from 1; removed pairs need no mending."""
        return [
            (number, field)
            for number, form in enumerate(self.forms, start=1)
            if form.errors and not form.cleaned_data.get("DELETE")
            for field in form
            if field.errors
        ]

    def pairs(self) -> list[Entry]:
        """Of a valid set: what is filled in and not marked for removal."""
        return [
            {"question": form.cleaned_data["question"], "answer": form.cleaned_data["answer"]}
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]


PairFormSet = forms.formset_factory(
    PairForm,
    formset=BasePairFormSet,
    extra=EMPTY_ROWS,
    can_delete=True,
    max_num=MOST_KNOWLEDGE_ENTRIES,
    validate_max=True,
    absolute_max=MOST_KNOWLEDGE_ENTRIES + 100,
)


def pair_form_set(data: Any = None, *, knowledge: list[Entry] | None = None) -> BasePairFormSet:
    # What was stored before counts for nothing beside what was sent: a row like it would pass for unchanged.
    initial = None if data is not None else [entry for entry in knowledge or [] if entry["question"]]
    made: BasePairFormSet = PairFormSet(data, initial=initial, prefix="pairs")  # type: ignore[assignment]
    return made
