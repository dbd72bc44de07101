"""The template language of prompts: what it fills in, what it refuses and where, and what it can never do."""

from __future__ import annotations

import time

import pytest

from agents.prompts.template import Place, PromptTemplate, TemplateInvalid


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("Hello {{ name }}, it is {{time}}.", "Hello Bob, it is 14:05."),
        ("Hello {{ stranger }}.", "Hello ."),
        ("Hello {{ stranger|default:'there' }}.", "Hello there."),
        ("{{ name|upper }}", "BOB"),
        ("{% if stranger %}known{% elif name == 'Bob' %}Bob!{% else %}unknown{% endif %}", "Bob!"),
        ("{% verbatim %}{{ name }}{% endverbatim %} {# a note #}", "{{ name }} "),
        ('Say {"a": {"b": 1}} & <b>100 %</b>.', 'Say {"a": {"b": 1}} & <b>100 %</b>.'),
        ("", ""),
    ],
)
def test_variables_are_filled_in_as_plain_text(text: str, result: str) -> None:
    filled = PromptTemplate(text).render({"name": "Bob", "time": "14:05"})
    assert filled == result
    assert type(filled) is str, "a page must escape it like any other text"


@pytest.mark.parametrize(
    "value", ["{{ secret }}", "{% if 1 %}x{% endif %}", "{% verbatim %}", "{{", "<b>&amp;", "{# x", "$(id)"]
)
def test_what_a_variable_holds_is_data(value: str) -> None:
    template = PromptTemplate("A {{ name }} B {% if name %}{{ name }}{% endif %}")
    assert template.render({"name": value, "secret": "s3cret"}) == f"A {value} B {value}"


@pytest.mark.parametrize(
    ("text", "says", "line", "column"),
    [
        ("Hello\n  {{ first name }}", "first name", 2, 3),
        ("Hello\r\n{{ name", "put }} where it ends", 2, 1),
        ("a {% if name %}b", "put {% endif %} where it ends", 1, 3),
        ("a {% verbatim %}b", "put {% endverbatim %} where it ends", 1, 3),
        ("{{ }}", "stands nothing", 1, 1),
        ("{{ name|date }}", "default, upper, lower, title, capfirst", 1, 1),
        ("{% if name == %}x{% endif %}", "condition", 1, 1),
        ("x {% endif %}", "There is no tag “endif”", 1, 3),
        ("{{ {{ name }} }}", "{% verbatim %}", 1, 1),
        ("{% if a %}" * 11 + "{% endif %}" * 11, "10 times", 1, 101),
        ("{{ " + "a" * 300 + " }}", "200 characters", 1, 1),
    ],
)
def test_what_does_not_render_is_told_with_its_place_and_cure(
    text: str, says: str, line: int, column: int
) -> None:
    with pytest.raises(TemplateInvalid) as caught:
        PromptTemplate(text)
    assert caught.value.place == Place(line, column)
    assert str(caught.value).startswith(f"Line {line}, character {column}: ")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "{% load static %}",
        "{% include '/etc/passwd' %}",
        "{% extends 'base.html' %}",
        "{% for a in name %}{{ a }}{% endfor %}",
        "{% with a=name %}{% endwith %}",
        "{% debug %}",
        "{% now 'Y' %}",
        "{% url 'admin:index' %}",
        "{% csrf_token %}",
        "{% lorem 100000 w %}",
        "{{ name.__class__ }}",
        "{{ name.upper }}",
        "{{ name.0 }}",
        "{{ _private }}",
        "{{ name|default:other.part }}",
        "{% if name.upper %}x{% endif %}",
        "{{ name|ljust:1000000000 }}",
        "{{ name|center:'999999999' }}",
        "{{ name|pprint }}",
    ],
)
def test_nothing_else_can_be_written(text: str) -> None:
    with pytest.raises(TemplateInvalid):
        PromptTemplate(text)


def test_its_names_are_known_wherever_they_stand() -> None:
    text = "{% if d and not e == f or 'x' %}{{ g }}{% elif h %}{% else %}{{ i }}{% endif %}{{ 'y' }}{{ 1 }}"
    assert PromptTemplate("{{ a }}{{ b|default:c }}" + text + "{{ j }}").names == set("abcdefghij")


def test_the_largest_template_is_parsed_and_filled_in_no_time() -> None:
    """Neither depth nor length of a text that may be saved does any harm."""
    deep = "{% if " + "not " * 45 + "x %}" + "{% if x %}" * 9 + "y" + "{% endif %}" * 10
    long = "{{x}}" * 4_000
    began = time.perf_counter()
    assert PromptTemplate(deep).render({}) == ""
    assert len(PromptTemplate(long).render({"x": "y" * 500})) == 2_000_000
    assert time.perf_counter() - began < 2.0
