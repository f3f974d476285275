"""YAML as text: values by the library, so that no name of an event or page can break a file, and comments by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

_LINE_BREAKS = re.compile(r"[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_COMMENT_WIDTH = 116
_LONGEST_NAME = 60


class _OneLine(yaml.SafeDumper):
    """Writes every value on one line, and repeats it instead of pointing at an earlier one."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    # half a character, as a command line hands on what is no UTF-8, cannot be written to a file
    value = value.encode("utf-8", "replace").decode()
    style = '"' if _LINE_BREAKS.search(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_OneLine.add_representer(str, _text)


def inline(value: Any) -> str:
    r"""Return a value as YAML on one line.

    >>> inline({"page_path": ["/a: b", "/c#d"]}), inline("no"), inline("a\nb"), inline(250.0)
    ("{page_path: ['/a: b', /c#d]}", "'no'", '"a\\nb"', '250.0')
    """
    text = yaml.dump(
        value, Dumper=_OneLine, default_flow_style=True, sort_keys=False, allow_unicode=True, width=float("inf")
    )
    return text.removesuffix("\n").removesuffix("\n...")


def comment(*sentences: str, indent: int = 0) -> list[str]:
    """Return comment lines, wrapped between words.

    >>> comment("What it is.", "Why it is there.")
    ['# What it is. Why it is there.']
    """
    lines, line = [], ""
    for word in printable(" ".join(sentences)).split(" "):
        if line and len(line) + len(word) + 1 > _COMMENT_WIDTH - indent:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [f"{' ' * indent}# {line}" for line in [*lines, line] if line]


def printable(text: str) -> str:
    r"""Return a text without line breaks and other characters that may not stand in a comment.

    >>> printable("a\n b\x00c")
    'a b?c'
    """
    spaced = re.sub(r"\s+", " ", _LINE_BREAKS.sub(" ", text))
    return "".join(sign if sign.isprintable() else "?" for sign in spaced).strip()


def named(text: str) -> str:
    """Return a name for a comment, shortened when it is long.

    >>> named("x" * 70)[-3:]
    'xx…'
    """
    shown = printable(text)
    return shown if len(shown) <= _LONGEST_NAME else shown[: _LONGEST_NAME - 1] + "…"


def item(value: Mapping[str, Any], note: str = "", *, is_off: bool = False) -> str:
    """Return a list item with a remark behind it; switched off, it is itself a comment.

    >>> item({"event_name": "purchase"}, "624 rows")
    '  - {event_name: purchase}  # 624 rows'
    """
    text = f"  {'# ' if is_off else ''}- {inline(dict(value))}"
    return f"{text}  # {printable(note)}" if note else text
