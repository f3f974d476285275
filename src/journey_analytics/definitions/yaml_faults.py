"""YAML that cannot be read, told at the line where its author went wrong; a parser notices that some lines later only."""

from __future__ import annotations

from typing import Any

import yaml

_BRACKETS = {"while parsing a flow sequence": ("[", "]"), "while parsing a flow mapping": ("{", "}")}
_NEEDS_QUOTES = "A text that begins so stands between quotes"
_SHOWN = 60


def yaml_fault(text: str, error: yaml.YAMLError, loader: Any, first_line: int) -> tuple[int, str]:
    """Return the line of the file where a mistake was made, and what is wrong there.

    Args:
        text: the YAML.
        error: what the parser said of it.
        loader: the parser's class.
        first_line: the line of the file at which the text starts.
    """
    line, wrong = _fault(text, error, loader, first_line)
    return first_line + line, wrong


def _fault(text: str, error: yaml.YAMLError, loader: Any, first_line: int) -> tuple[int, str]:
    """Return the line within the text, counted from 0, and what is wrong there."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        at = getattr(error, "position", 0)
        return text.count("\n", 0, at), f"holds {text[at : at + 1]!r}, a character that no YAML may hold"
    seen, began = error.problem_mark.line, error.context_mark.line if error.context_mark else None
    context, problem = error.context or "", error.problem or ""
    lines = [*text.splitlines(), ""]
    if context in _BRACKETS and began is not None:
        return began, _open_bracket(_BRACKETS[context], first_line + seen if seen > began else None)
    if context == "while scanning a simple key" and began is not None:
        return began, f"a ':' with a space behind it is missing in {lines[began].strip()[:_SHOWN]!r}"
    if context == "while scanning a quoted scalar" and began is not None:
        return began, "the quote that opens here is not closed"
    if "\t" in lines[seen][: len(lines[seen]) - len(lines[seen].lstrip())]:
        return seen, "begins with a tab. YAML is indented with spaces"
    if problem.startswith("mapping values are not allowed"):
        return _second_colon(text, error.problem_mark, lines, loader)
    if context == "while parsing a block mapping":
        return _broken_mapping(text, error.problem_mark, loader)
    first = text[error.problem_mark.index : error.problem_mark.index + 1]
    if "cannot start any token" in problem:
        return seen, f"{first!r} begins a text. {_NEEDS_QUOTES}"
    if context in ("while scanning an alias", "while scanning an anchor") or "undefined alias" in problem:
        return seen, f"'*' and '&' refer to another part of the file ({problem}). {_NEEDS_QUOTES}"
    return seen, f"{context} {problem}".strip()


def _open_bracket(bracket: tuple[str, str], noticed: int | None) -> str:
    """Tell of a bracket without its end; `noticed` is the later line in which the parser saw it."""
    opens, closes = bracket
    if noticed is None:
        return f"behind the {opens!r} that opens here, the {closes!r} or a ',' is missing"
    return f"the {opens!r} that opens here is not closed before line {noticed}, or a ',' is missing. Write {closes!r}"


def _second_colon(text: str, mark: Any, lines: list[str], loader: Any) -> tuple[int, str]:
    """Tell of a ': ' where none may stand: behind a key that lacks its own, in a line too deep, or within a text."""
    before = _tokens_before(text, mark, loader)
    scalar = before[-1] if before and isinstance(before[-1], yaml.ScalarToken) else None
    if scalar is None or scalar.start_mark.line == mark.line:
        return (
            mark.line,
            f"a second ': ' in {lines[mark.line].strip()[:_SHOWN]!r}. A text that holds one stands between quotes",
        )
    begun = scalar.start_mark.line
    if len(before) > 1 and isinstance(before[-2], yaml.ValueToken):
        return mark.line, "is indented deeper than the key above it, which has a value already"
    return begun, f"a ':' with a space behind it is missing in {lines[begun].strip()[:_SHOWN]!r}"


def _broken_mapping(text: str, mark: Any, loader: Any) -> tuple[int, str]:
    """Tell of what stands where a key was due."""
    before = _tokens_before(text, mark, loader)
    last = before[-1] if before else None
    if isinstance(last, yaml.ScalarToken) and last.start_mark.line < last.end_mark.line == mark.line:
        return (
            last.start_mark.line,
            "the quote that opens here is closed some lines later only, by one that was to open",
        )
    if last is not None and last.end_mark.line == mark.line:
        return (
            mark.line,
            "something stands behind the end of a value. A text that holds quotes or brackets stands between quotes",
        )
    return mark.line, "is indented otherwise than the keys above it"


def _tokens_before(text: str, mark: Any, loader: Any) -> list[Any]:
    """Return the words and signs that the parser saw before a mark."""
    found: list[Any] = []
    try:
        for token in yaml.scan(text, Loader=loader):
            if token.start_mark.index >= mark.index:
                break
            # those without a place of their own say how deep a line is
            if token.start_mark.index < token.end_mark.index:
                found.append(token)
    except yaml.YAMLError:
        pass
    return found
