"""What is cut out of URLs and texts before anything is stored, as SQL expressions.

A cheap look comes first (`suspicious`): most texts hold neither `@` nor `=`, and are passed through untouched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from journey_analytics.definitions.settings import Redaction
from journey_analytics.warehouse import literal

# '@' as it is, percent-encoded, and encoded twice (a URL inside a URL)
_AT = "(?:@|%40|%2540)"
# a percent-encoded character before the address, such as %3D of an inner 'mail=', is kept: `\\1`
# letters beyond ASCII by range: the classes \p{L} and \p{N} take ten times as long to compile, once per column
_WORD = r"a-z0-9\x{80}-\x{10ffff}"
_EMAIL = rf"(%[0-9a-f]{{2}})?(?:[{_WORD}._+'-]|%2b|%2e)+{_AT}[{_WORD}-]+(?:\.[{_WORD}-]+)+"
# https://name:password@host, and the same inside another address. An address that holds none of " < > \\ bears no others
_CREDENTIALS = r"""(://)[^\s/?#"<>\\]*@|(%3a%2f%2f)(?:[^\s/?#"<>\\&%]|%3a|%2[0-9bde])*(?:@|%40)"""
_BEFORE_NAME = r"(?:^|[?&;#\s\[]|%3f|%26|%23|%5b)"
_VALUE = r"(?:[^&#;\s%]|%(?:[013-9a-f][0-9a-f]|2[0-57-9a-f])|%$|%[^0-9a-f])*"


def suspicious(text: str, redaction: Redaction) -> str:
    """Return an SQL condition that holds for every text in which something may have to be cut out.

    >>> suspicious("page_title", Redaction(emails=False, parameters=()))
    "(contains(page_title, '@') or contains(page_title, '%40'))"
    """
    signs = ["@", "%40", *(["%2540"] if redaction.emails else [])]
    signs += ["=", "%3D", "%3d"] if redaction.parameters else []
    if not redaction.is_on:
        return "false"
    return "(" + " or ".join(f"contains({text}, {literal(sign)})" for sign in signs) + ")"


def redacted(text: str, redaction: Redaction) -> str:
    """Return an SQL expression: the text without credentials, e-mail addresses and values of the listed parameters."""
    if not redaction.is_on:
        return text
    # first of all: password@host.nl looks like an e-mail address, and the host would go with it
    text = f"regexp_replace({text}, {literal(_CREDENTIALS)}, '\\1\\2[redacted]@', 'gi')"
    if redaction.parameters:
        text = f"regexp_replace({text}, {literal(_parameter_pattern(redaction))}, '\\1=[redacted]', 'gi')"
    if redaction.emails:
        text = f"regexp_replace({text}, {literal(_EMAIL)}, '\\1[email]', 'gi')"
    return text


def redacted_when_needed(text: str, redaction: Redaction) -> str:
    """Return `redacted`, computed only for the texts that look suspicious."""
    doubt = suspicious(text, redaction)
    return text if doubt == "false" else f"case when {doubt} then {redacted(text, redaction)} else {text} end"


def redacted_list(name: str, fields: Iterable[str], redaction: Redaction) -> str:
    """Return an SQL expression: a list of parameters with their string values redacted.

    A pattern inside a lambda is compiled anew for every chunk of rows: use this only where a list is in doubt.
    """
    members = ", ".join(
        f"'{field}': {redacted('p.string_value', redaction) if field == 'string_value' else f'p.{field}'}"
        for field in fields
    )
    return f"list_transform({name}, lambda p: {{{members}}})"


def was_redacted(texts: Sequence[str], lists: Sequence[str], redaction: Redaction) -> str:
    """Return an SQL condition: one of these text columns, or of the string values in these lists, bears a mark."""
    if not redaction.is_on:
        return "false"
    in_lists = [f"len(list_filter({name}, lambda p: {_is_marked('p.string_value')})) > 0" for name in lists]
    return " or ".join([_is_marked(f"concat_ws(' ', {', '.join(texts)})"), *in_lists])


def _is_marked(text: str) -> str:
    return f"contains({text}, '[email]') or contains({text}, '=[redacted]') or contains({text}, '[redacted]@')"


def _parameter_pattern(redaction: Redaction) -> str:
    names = "|".join(re.escape(name) for name in sorted(redaction.parameters, key=len, reverse=True))
    return rf"({_BEFORE_NAME}(?:{names})(?:\]|%5d)?)(?:=|%3d){_VALUE}"
