"""Template tags of every page: icons, form controls, initials."""

from __future__ import annotations

import re

from django import forms, template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """A symbol of static/vendor/tabler-icons/sprite.svg, drawn in the colour of the text around it."""
    return format_html(
        '<svg class="icon {}" width="24" height="24" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
        '<use href="{}#{}"></use></svg>',
        classes,
        static("vendor/tabler-icons/sprite.svg"),
        name,
    )


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """The field's widget in Tabler's dress. What the form's own `attrs` say is kept."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxInput):
        dress = "form-check-input"
    elif isinstance(widget, forms.Select):
        dress = "form-select"
    elif getattr(widget, "input_type", "") == "range":
        dress = "form-range"
    else:
        dress = "form-control"
    classes = f"{widget.attrs.get('class', '')} {dress} {'is-invalid' if field.errors else ''}"
    attrs: dict[str, str | bool] = {"class": " ".join(classes.split())}
    if getattr(field.field, "warning", None) is not None:
        # Beside what Django names: its help and its errors.
        attrs["aria-describedby"] = f"{field.aria_describedby or ''} {field.auto_id}_warning".strip()
    return field.as_widget(attrs=attrs)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def is_choice_list(field: BoundField) -> bool:
    return isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)


@register.filter
def initials(name: object) -> str:
    """One or two letters that stand for a name or an e-mail address."""
    words = re.findall(r"[^\W_]+", str(name).split("@")[0])
    return "".join(word[0] for word in words[:2]).upper() or "?"
