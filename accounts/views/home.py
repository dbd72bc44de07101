"""The front door: `/` leads to where the person last worked."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import selectors
from accounts.models import User


@login_required
def home(request: HttpRequest) -> HttpResponse:
    membership = selectors.membership_current(
        user=cast(User, request.user), organisation_id=request.session.get("organisation_id")
    )
    if membership is None:
        return redirect("accounts:organisation-create")
    return redirect("agents:list", org_id=membership.organisation_id)
