"""The staging model that `journey init` proposes for an export of another tool."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from journey_analytics import places
from journey_analytics.definitions.front_matter import split_model_file
from journey_analytics.definitions.sources import MAPPED_COLUMNS, REQUIRED_COLUMNS
from journey_analytics.errors import InputError
from journey_analytics.ingest.event_header import split_header
from journey_analytics.ingest.file_kind import FileRefused, file_kind
from journey_analytics.ingest.rows import first_text_line
from journey_analytics.profiling.files import name_pattern
from journey_analytics.profiling.sources.columns import Column, Found, columns_of, guessed_mapping
from journey_analytics.profiling.sources.recipes import Recognised, recognised, with_remarks
from journey_analytics.profiling.sources.samples import Sample, chosen, fields_of, first_rows, sample_of
from journey_analytics.profiling.words import slug
from journey_analytics.profiling.yaml_text import inline, named, printable
from journey_analytics.wording import counted, whole

_GA4 = frozenset(("event_timestamp", "event_name"))
_ONLY_GA4 = frozenset(("event_date", "event_params"))
_COLUMNS_NAMED = 8
_TEMPLATE = "stg_events__events.sql"
_MEANINGS = {"event_timestamp": "the time of an event", "event_name": "what happened"}


@dataclass(frozen=True)
class SourceProposal:
    """A staging model for an export.

    Attributes:
        name: of the source; its file is `stg_<name>__events.sql`.
        text: of that file.
        summary: rows of a name and a text, for the command line to print.
    """

    name: str
    text: str
    summary: tuple[tuple[str, str], ...]

    @property
    def file_name(self) -> str:
        """The name of its file in `sql/staging`."""
        return f"stg_{self.name}__events.sql"


def proposed_source(files: Sequence[Path], taken: Iterable[str] = ()) -> SourceProposal | None:
    """Return a staging model for an export; None when it is GA4's, or cannot be read at all.

    Args:
        files: those of the export.
        taken: names of sources that are not to be used for an export that no recipe knows.

    Raises:
        InputError: no column looks like the time or the name of an event.
    """
    try:
        if _is_ga4(files):
            return None
        known = recognised(files)
        return _of_recipe(known) if known is not None else _guessed(files, sample_of(files), set(taken))
    except (FileRefused, OSError):
        return None  # the loader says why, in its own words


def _is_ga4(files: Sequence[Path]) -> bool:
    """Return whether one of the files has the columns that only GA4 has.

    Raises:
        FileRefused: it cannot be read.
    """
    return any(names >= _GA4 and names & _ONLY_GA4 for path in chosen(files) for names in _named(path))


def _named(path: Path) -> list[set[str]]:
    """Return the names of the columns of a file, of JSON those of each row."""
    kind = file_kind(path)
    if kind.format == "csv":
        return [set(split_header(first_text_line(path, kind), _GA4)[0])]
    return [set(row) for row in first_rows(path, kind, None)]


def _of_recipe(known: Recognised) -> SourceProposal:
    recipe = known.recipe
    remarks = {ours: _of(count, known.events) for ours, count in known.filled.items()}
    first = (
        f"An export of {recipe.tool}, by its columns. `journey init` looked at {counted(known.events, 'event')}: "
        "behind each column stands in how many it has a value."
    )
    text = with_remarks(recipe.path.read_text(encoding="utf-8"), remarks, first)
    empty = [ours for ours, count in known.filled.items() if not count]
    rows = [("source", f"{recipe.tool}, recognised by its columns"), ("looked at", counted(known.events, "event"))]
    return SourceProposal(recipe.tool, text, tuple(rows + ([("never filled", ", ".join(empty))] if empty else [])))


def _guessed(files: Sequence[Path], sample: Sample, taken: set[str]) -> SourceProposal:
    columns = columns_of(fields_of(sample.rows), len(sample.rows))
    mapping = guessed_mapping(columns)
    for ours in REQUIRED_COLUMNS:
        if ours not in mapping:
            raise InputError(
                f"{chosen(files)[0]}: no column looks like {_MEANINGS[ours]} ({ours}). Considered: {_considered(columns)}. "
                "Name it in a staging model of your own: docs/extending.md tells how."
            )
    name = _free_name(slug(re.split(r"[*.]", name_pattern([path.name for path in files]))[0]), taken)
    rows = [("source", f"{name}, of no tool that is known; the mapping is a guess"), *_told(mapping)]
    left = [ours for ours in MAPPED_COLUMNS if ours not in mapping]
    return SourceProposal(
        name, _text(name, sample, mapping, columns), (*rows, ("not found", ", ".join(left) or "nothing"))
    )


def _told(mapping: Mapping[str, Found]) -> list[tuple[str, str]]:
    return [
        (ours, f"{named(found.column.path)}{'' if found.is_sure else ' (a guess: only its values say so)'}")
        for ours, found in mapping.items()
    ]


def _text(name: str, sample: Sample, mapping: Mapping[str, Found], columns: Sequence[Column]) -> str:
    """Return a staging model: the plain one of the project, with another mapping."""
    template = places.sql_folder() / "staging" / _TEMPLATE
    select = split_model_file(template)[2].replace("raw_events__events", f"raw_{name}__events")
    unused = [column for column in columns if all(found.column is not column for found in mapping.values())]
    lines = []
    for ours in MAPPED_COLUMNS:
        if ours in mapping:
            lines.append(f"    {ours}: {inline(mapping[ours].column.path)}  # {_remark(mapping[ours])}")
        else:
            lines.append(f"    # {ours}: none found. Considered: {_considered(unused)}")
    headless = [f"  columns: {inline(list(sample.columns))}"] if sample.columns else []
    front = [
        f"# `journey init` looked at {counted(len(sample.rows), 'row')} of an export that it does not know. Read the mapping over.",
        f"description: One row per event of the export {name}, whose ids are its own.",
        "grain: [event_key, delivery]",
        "owner: data-engineering",
        "contract: event",
        "materialize: view",
        "source:",
        "  reader: events",
        f"  path: {name}/?*",
        "  identity: own",
        *headless,
        "  mapping:",
        *lines,
    ]
    return "\n".join(["/*---", *front, "---*/", select, ""])


def _remark(found: Found) -> str:
    column = found.column
    sure = "its name and its values say so" if found.is_sure else "a guess: only its values say so"
    return f"{sure}; {_of(len(column.texts), column.rows)} have one, {whole(column.different, 'en')} different"


def _considered(columns: Iterable[Column]) -> str:
    told = [f"{named(column.path)} ({column.kind})" for column in columns]
    more = [f"{len(told) - _COLUMNS_NAMED} more"] if len(told) > _COLUMNS_NAMED else []
    # a comment of SQL ends at these two signs
    return printable(", ".join([*told[:_COLUMNS_NAMED], *more])).replace("*/", "* /").replace("/*", "/ *") or "nothing"


def _of(count: int, rows: int) -> str:
    return f"{whole(count, 'en')} of {whole(rows, 'en')}"


def _free_name(wanted: str, taken: set[str]) -> str:
    """Return a name for the source that no other has; two underscores would end it.

    >>> _free_name("web__2026", set()), _free_name("", set()), _free_name("events", {"events"})
    ('web', 'export', 'events_export')
    """
    name = re.sub(r"_+", "_", wanted).strip("_0123456789") or "export"
    number = 1
    free = name
    while free in taken:
        free = f"{name}_export{number if number > 1 else ''}"
        number += 1
    return free
