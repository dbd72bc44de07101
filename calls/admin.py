"""Calls in Django's admin, for an operator who looks into one: read only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest

from calls.models import Call

if TYPE_CHECKING:
    CallModelAdmin = admin.ModelAdmin[Call]
else:
    CallModelAdmin = admin.ModelAdmin


@admin.register(Call)
class CallAdmin(CallModelAdmin):
    """What was said is the customer's: transcripts are not shown here."""

    list_display = ("id", "organisation", "agent", "state", "started_at", "end_code", "process_attempts")
    list_filter = ("state", "end_code", "channel")
    list_select_related = ("organisation", "agent")
    search_fields = ("id", "organisation__name")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Call | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Call | None = None) -> bool:
        return False
