"""A prompt with variables: parsed strictly, filled with plain text, and never able to do anything else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar, cast

from django.template import Context, Engine, Template, TemplateSyntaxError
from django.template.base import (
    DebugLexer,
    FilterExpression,
    Node,
    NodeList,
    TextNode,
    Token,
    TokenType,
    VariableNode,
)
from django.template.defaulttags import IfNode
from django.template.smartif import TokenBase

from agents.prompts.language import FILTERS

DEEPEST_NESTING = 10
LONGEST_TAG = 200
CLOSERS = {"{{": "}}", "{%": "%}", "{#": "#}"}
NAME_HINT = "a variable's name has letters, digits and underscores only, and begins with a letter."
VERBATIM_HINT = (
    "For braces that are no variable write {% verbatim %} before and {% endverbatim %} after them."
)


NodeKind = TypeVar("NodeKind", bound=Node)


class _Engine(Engine):
    # Not Django's tags and filters: they read files, loop, and make a short text a long one.
    default_builtins: ClassVar[list[str]] = []


# `debug` only has each token know where it stands.
_ENGINE = _Engine(loaders=[], builtins=["agents.prompts.language"], autoescape=False, debug=True)


@dataclass(frozen=True, slots=True)
class Place:
    """Both from 1."""

    line: int
    column: int


class TemplateInvalid(Exception):
    """`message` says what is wrong and what cures it; `place` is where, if that is one place."""

    def __init__(self, message: str, place: Place | None = None) -> None:
        where = f"Line {place.line}, character {place.column}: " if place else ""
        super().__init__(f"{where}{message}")
        self.place = place


class PromptTemplate:
    """One text. What a variable holds is put in as it is, and is not looked through for variables."""

    def __init__(self, text: str) -> None:
        """Raises TemplateInvalid."""
        # A browser sends two characters for the end of a line, and whoever counts counts one.
        self._text = text.replace("\r\n", "\n")
        self._check_bounds()
        try:
            self._template = Template(self._text, engine=_ENGINE)
        except TemplateSyntaxError as error:
            token: Token | None = getattr(error, "token", None)
            raise TemplateInvalid(_cure(str(error), token), self._place(token) if token else None) from None
        self._check_text()
        self.names = self._names()

    def render(self, values: Mapping[str, str]) -> str:
        """An unknown variable is empty."""
        text = self._template.render(Context(dict(values), autoescape=False))
        # Django takes what it renders for HTML that needs no escaping any more; this is neither.
        return "".join([text])

    def _names(self) -> frozenset[str]:
        """Of all variables, each in `{{ }}` and in conditions. Raises TemplateInvalid for one with parts."""
        names = set()
        for expression, token in _expressions(self._template.nodelist):
            for variable in _variables(expression):
                lookups = variable.lookups
                if lookups is None:
                    continue  # a text or number written out
                if len(lookups) > 1 or not re.fullmatch(r"[A-Za-z]\w*", lookups[0], re.ASCII):
                    name = ".".join(lookups)
                    message = f"“{name}” is no variable: {NAME_HINT}"
                    raise TemplateInvalid(message, self._place(token))
                names.add(lookups[0])
        return frozenset(names)

    def _check_bounds(self) -> None:
        """Both parsing and rendering go as deep as the text does."""
        depth = 0
        for token in DebugLexer(self._text).tokenize():
            if token.token_type is TokenType.TEXT:
                continue
            if len(token.contents) > LONGEST_TAG:
                message = f"What stands between braces may have {LONGEST_TAG} characters at most."
                raise TemplateInvalid(message, self._place(token))
            if token.token_type is TokenType.BLOCK:
                depth += token.contents.startswith("if") - token.contents.startswith("endif")
            if depth > DEEPEST_NESTING:
                message = f"{{% if %}} may be nested {DEEPEST_NESTING} times at most."
                raise TemplateInvalid(message, self._place(token))

    def _check_text(self) -> None:
        """What looks like the beginning of a variable and is none would be read out to the caller."""
        for node in _nodes(self._template.nodelist, TextNode):
            for opener, closer in CLOSERS.items():
                at = node.s.find(opener)
                if at >= 0:
                    message = (
                        f"“{opener}” is not closed on its line: put {closer} where it ends. {VERBATIM_HINT}"
                    )
                    raise TemplateInvalid(message, self._place(_token_of(node), at))

    def _place(self, token: Token, offset: int = 0) -> Place:
        start = (token.position[0] if token.position else 0) + offset
        before = self._text[:start]
        return Place(before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1)


def _cure(said: str, token: Token | None) -> str:
    """What Django says of a template, for people who write prompts."""
    contents = token.contents if token else ""
    written = f"“{contents[:40]}…”" if len(contents) > 40 else f"“{contents}”"
    command = contents.split(None, 1)[0] if contents.strip() else ""
    if token is not None and token.token_type is TokenType.BLOCK:
        if said.startswith("Unclosed tag"):
            return f"{{% {command} %}} is not closed: put {{% end{command} %}} where it ends."
        if said.startswith("Invalid block tag"):
            return (
                f"There is no tag {written} that may stand here: there are {{% if %}}, {{% elif %}}, "
                f"{{% else %}}, {{% endif %}} and {{% verbatim %}}. {VERBATIM_HINT}"
            )
        return f"The condition {written} cannot be read. Write for example {{% if name %}} … {{% endif %}}."
    if not contents.strip():
        return f"Between the braces stands nothing: write a variable's name there. {VERBATIM_HINT}"
    if said.startswith("Invalid filter"):
        return f"{written} uses a filter that there is not. There are: {', '.join(FILTERS)}."
    return f"{written} cannot be read: {NAME_HINT} {VERBATIM_HINT}"


def _expressions(nodes: NodeList) -> Iterator[tuple[FilterExpression, Token]]:
    for variable in _nodes(nodes, VariableNode):
        yield variable.filter_expression, _token_of(variable)
    for choice in _nodes(nodes, IfNode):
        for condition, _ in choice.conditions_nodelists:
            for expression in _of_condition(condition):
                yield expression, _token_of(choice)


def _of_condition(part: Any) -> Iterator[FilterExpression]:
    if isinstance(part, TokenBase):
        if isinstance(part.value, FilterExpression):
            yield part.value
        yield from _of_condition(part.first)
        yield from _of_condition(part.second)


def _variables(expression: FilterExpression) -> Iterator[Any]:
    parts = [
        expression.var,
        *(value for _, args in expression.filters for looked_up, value in args if looked_up),
    ]
    return (part for part in parts if hasattr(part, "lookups"))


def _nodes(nodes: NodeList, kind: type[NodeKind]) -> list[NodeKind]:
    return cast(list[NodeKind], nodes.get_nodes_by_type(kind))


def _token_of(node: Node) -> Token:
    if node.token is None:
        raise TypeError("a parsed node without a token")
    return node.token
