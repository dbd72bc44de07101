"""The whole template language of prompts: Django's engine with everything taken out but these few words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.template import Library
from django.template.defaultfilters import capfirst, default, lower, title, upper
from django.template.defaulttags import do_if, verbatim

register = Library()
register.tag("if", do_if)
register.tag("verbatim", verbatim)
FILTERS: dict[str, Callable[..., Any]] = {
    "default": default,
    "upper": upper,
    "lower": lower,
    "title": title,
    "capfirst": capfirst,
}
for name, function in FILTERS.items():
    register.filter(name, function)
