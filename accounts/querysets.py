"""The one way to what an organisation owns: `Model.objects.for_org(org)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models

if TYPE_CHECKING:
    from accounts.models import Organisation

M = TypeVar("M", bound=models.Model)


class OrgQuerySet(models.QuerySet[M]):
    def for_org(self, organisation: Organisation) -> Self:
        return self.filter(organisation=organisation)
