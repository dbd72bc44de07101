"""Django's administration: the catalogue of what agents can be given, and whom they may call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from accounts.models import Organisation
from agents.calling_rules.administration import CallingOrganisationAdmin
from agents.catalogue.services import entry_edited
from agents.models import CatalogueEntry, CatalogueProvider

if TYPE_CHECKING:
    ProviderModelAdmin = admin.ModelAdmin[CatalogueProvider]
    EntryModelAdmin = admin.ModelAdmin[CatalogueEntry]
    EntryForm = forms.ModelForm[CatalogueEntry]
else:
    ProviderModelAdmin = EntryModelAdmin = admin.ModelAdmin
    EntryForm = forms.ModelForm

admin.site.unregister(Organisation)
admin.site.register(Organisation, CallingOrganisationAdmin)


@admin.register(CatalogueProvider)
class CatalogueProviderAdmin(ProviderModelAdmin):
    """Which there are, the code says."""

    list_display = ("label", "name", "is_enabled")
    readonly_fields = ("name",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: CatalogueProvider | None = None) -> bool:
        return False


class NamesField(forms.JSONField):
    """A JSON list of strings, which calls would not survive to be anything else."""

    def to_python(self, value: Any) -> Any:
        names = super().to_python(value)
        if names is None:
            return []
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise forms.ValidationError('Enter a list such as ["en-US", "en-GB"].', code="invalid")
        return names


class CatalogueEntryForm(EntryForm):
    languages = NamesField(required=False, help_text="Of voices and transcribers.")
    formats = NamesField(required=False)


@admin.register(CatalogueEntry)
class CatalogueEntryAdmin(EntryModelAdmin):
    """What is changed here stays as it is, whatever a vendor lists or a release brings."""

    form = CatalogueEntryForm
    list_display = (
        *("label", "kind", "provider", "is_enabled", "tier", "per_minute", "per_million_in"),
        *("per_million_out", "per_thousand_characters", "prices_as_of", "vanished_at"),
    )
    list_editable = ("is_enabled", "tier")
    list_filter = ("kind", "provider", "is_enabled", "tier", ("vanished_at", admin.EmptyFieldListFilter))
    list_select_related = ("provider",)
    search_fields = ("label", "name")
    readonly_fields = ("edited", "vanished_at")

    def save_model(self, request: HttpRequest, obj: CatalogueEntry, form: Any, change: bool) -> None:
        entry_edited(obj, form.changed_data if change else [*form.fields])
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: CatalogueEntry | None = None) -> bool:
        return False  # the next start would bring it back: it is switched off instead
