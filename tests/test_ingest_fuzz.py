"""Mangled exports: whatever is done to a file, a person gets a sentence, and no row is lost without one."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from journey_analytics.definitions.settings import Settings
from journey_analytics.errors import InputError
from journey_analytics.ingest import FileOutcome, SourcePlan, load_source
from journey_analytics.warehouse import Warehouse

SETTINGS = Settings(property="shop", title="Shop", time_zone="Europe/Amsterdam", sources={}, rejected_share_limit=1)
NOON = 1_772_359_200_000_000
EVENTS_PLAN = {"event_timestamp": "time", "event_name": "what", "user_pseudo_id": "who", "page_location": "url"}
GA4_PLAN = SourcePlan("ga4", "raw_ga4__events", "ga4")
# so many times the examples; one example is several files
TIMES = int(os.environ.get("JOURNEY_FUZZ", "1"))
TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "'; drop table raw_ga4__events; --", "{{ 7 * 7 }}", "$$; select 1; $$", "<script>alert(1)</script><b>kop</b>",
            "👩‍👩‍👧 koopt 🛒", "‏مرحبا‎ abc", "a\u2028b\u2029c\x85d", "tab\tand\x0bfeed\x0c", "null", "NaN", "[1, 2]", '{"a": 1}',
            "\\", '"', "0012", "1.61121E+15", "-0", "é\u0301", "\ufeff",
        ]
    ),
)  # fmt: skip
NAMES = st.sampled_from(
    [
        "a.json", "a[1].json", "it's.json", "a;drop table x;--.json", "a b\u00a0c.json", "~a.json",
        "🛒.json", "a{b}.json", "$HOME.json", "a\nb.json", "-rf.json", "%41.json", "a'||'b.json", "a?.json", "*.json",
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with Warehouse.open() as opened:
        yield opened


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def fuzzed(examples: int) -> settings:
    return settings(
        max_examples=examples * TIMES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=set(Phase) - {Phase.explain},
    )


def emptied(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def line(number: int, text: str) -> bytes:
    params = [{"key": "page_title", "value": {"string_value": text}}, {"key": text, "value": {"int_value": "7"}}]
    event = {
        "event_date": "20260301",
        "event_timestamp": NOON + number,
        "event_name": text or "-",
        "event_params": params,
    }
    return json.dumps(event).encode()


lines = st.lists(TEXTS, min_size=2, max_size=6).map(lambda texts: [line(n, text) for n, text in enumerate(texts)])


def torn(draw: Callable[..., Any], content: bytes) -> bytes:
    return content[: draw(st.integers(0, len(content)))]


def flipped(draw: Callable[..., Any], content: bytes) -> bytes:
    at = draw(st.integers(0, len(content) - 1))
    return content[:at] + bytes([content[at] ^ draw(st.integers(1, 255))]) + content[at + 1 :]


def inserted(draw: Callable[..., Any], content: bytes) -> bytes:
    pieces = [
        b"\n", b"\r\n", b"\r", b"\x00", b'"', b"{", b"}", b"[", b"]", b",", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3", b"NaN",
        b'{"event_name": "', b"[" * 600, b'{"a":' * 600, b"\\u0000", b"\\ud800", b"1e999", b"9" * 40, b"\xe2\x80\xa8", b"\x1a",
    ]  # fmt: skip
    at = draw(st.integers(0, len(content)))
    return content[:at] + draw(st.sampled_from(pieces)) + content[at:]


def recoded(draw: Callable[..., Any], content: bytes) -> bytes:
    encoding = draw(st.sampled_from(["utf-16", "utf-16-le", "utf-8-sig", "utf-32", "cp1252", "utf-7"]))
    text = b"\n".join(
        json.dumps(json.loads(row), ensure_ascii=False).encode("utf-8", "replace") for row in content.split(b"\n")
    )
    return text.decode().encode(encoding, "replace")


def swapped(draw: Callable[..., Any], content: bytes) -> bytes:
    old, new = draw(
        st.sampled_from([(b":", b"="), (b'"', b"'"), (b",", b";"), (b"\n", b"\r"), (b"\n", b",\n"), (b"{", b"(")])
    )
    return content.replace(old, new)


def rows_of(content: bytes) -> list[bytes]:
    """Return the lines of a file; the two marks of UTF-16 are those that a reader goes by."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        content = content.decode("utf-16", "replace").encode("utf-8", "replace")
    return content.split(b"\n")


MANGLINGS = [torn, flipped, inserted, recoded, swapped]


@st.composite
def mangled_lines(draw: Callable[..., Any]) -> tuple[bytes, list[bytes]]:
    """Return the bytes of a mangled file, and the lines that it had."""
    whole = draw(lines)
    content = draw(st.sampled_from(MANGLINGS))(draw, b"\n".join(whole))
    if draw(st.booleans()):
        content = inserted(draw, content)
    return content, whole


def load(warehouse: Warehouse, pattern: Path, plan: SourcePlan) -> list[FileOutcome]:
    """Load into empty tables; a file that stands alone and cannot be read is told by the error."""
    for table in (plan.raw_table, "load_files", "rejected_rows", "seen_fields"):
        warehouse.run(f"drop table if exists {table}")
    try:
        outcomes = load_source(warehouse, plan, str(pattern), SETTINGS, 1)
    except InputError as error:
        assert str(error).endswith((".", "again.")), error
        assert warehouse.value(f"select count(*) from {plan.raw_table}") == 0
        return []
    for outcome in outcomes:
        assert outcome.rows_read == outcome.rows_stored + outcome.rows_rejected
        assert (outcome.reason == "") == (outcome.status == "loaded" and outcome.rows_rejected == 0), outcome
    named = warehouse.rows("select file_name, count(*), count(reason) from rejected_rows group by all")
    assert {(name, n, n) for name, n, _ in named} == {
        (o.file_name, o.rows_rejected, o.rows_rejected) for o in outcomes if o.rows_rejected
    }
    return outcomes


@fuzzed(24)
@given(st.lists(st.tuples(mangled_lines(), NAMES), min_size=5, max_size=5, unique_by=lambda file: file[1]))
@example([((b"{", []), "a.json")])
def test_each_line_of_mangled_exports_is_stored_or_named(
    warehouse: Warehouse, folder: Path, files: list[tuple[tuple[bytes, list[bytes]], str]]
) -> None:
    emptied(folder)
    for (content, _), name in files:
        (folder / name).write_bytes(content)
    (folder / "good_file.json").write_bytes(b"\n".join(line(number, f"good {number}") for number in range(100, 103)))
    outcomes = {o.file_name: o for o in load(warehouse, folder / "*.json", GA4_PLAN)}
    assert outcomes["good_file.json"].rows_stored == 3
    for (content, whole), name in files:
        found = outcomes[name]
        if found.status != "loaded":
            # files of the same bytes are one
            assert found.status in ("quarantined", "same_content")
            assert found.rows_read == 0
            continue
        # a carriage return ends a line for some and not for others; a line that is whole must be there either way
        rows = rows_of(content)
        assert found.rows_read >= len([row for row in rows if row.strip()])
        untouched = {json.loads(row)["event_timestamp"] for row in whole if row in rows}
        there = {
            t for (t,) in warehouse.rows("select event_timestamp from raw_ga4__events where file_name = ?", [name])
        }
        assert untouched <= there


def csv_of(rows: list[tuple[str, ...]]) -> bytes:
    quoted = ('"' + cell.replace('"', '""') + '"' for row in rows for cell in row)
    return b"\n".join(",".join(next(quoted) for _ in row).encode("utf-8", "replace") for row in rows)


@st.composite
def mangled_csv(draw: Callable[..., Any]) -> bytes:
    texts = draw(st.lists(TEXTS, min_size=2, max_size=5))
    rows = [
        (f"2026-03-01T10:00:{number:02d}Z", text, text, f"https://shop.example/{text}")
        for number, text in enumerate(texts)
    ]
    content = csv_of([("time", "what", "who", "url"), *rows])
    return draw(st.sampled_from([torn, flipped, inserted]))(draw, content) if draw(st.booleans()) else content


@fuzzed(12)
@given(st.lists(mangled_csv(), min_size=4, max_size=4))
def test_mangled_csv_files_are_stored_or_named(warehouse: Warehouse, folder: Path, files: list[bytes]) -> None:
    emptied(folder)
    good = csv_of([("time", "what", "who", "url"), ("2026-03-01T10:00:00Z", "click", "1.2", "https://shop.example/")])
    (folder / "good_file.csv").write_bytes(good)
    for number, content in enumerate(files):
        (folder / f"bad{number}.csv").write_bytes(content)
    plan = SourcePlan("tool", "raw_tool__events", "events", EVENTS_PLAN)
    outcomes = {outcome.file_name: outcome for outcome in load(warehouse, folder / "*.csv", plan)}
    assert outcomes.pop("good_file.csv").rows_stored == 1
    assert {outcome.status for outcome in outcomes.values()} <= {"loaded", "quarantined", "same_content"}


@fuzzed(12)
@given(st.lists(lines, min_size=3, max_size=3, unique_by=tuple), st.data())
def test_a_mangled_gzip_is_read_whole_or_refused_whole(
    warehouse: Warehouse, folder: Path, files: list[list[bytes]], data: st.DataObject
) -> None:
    emptied(folder)
    expected = {}
    for number, whole in enumerate(files):
        packed = gzip.compress(b"\n".join(whole), mtime=number)
        content = data.draw(st.sampled_from([torn, flipped, inserted]))(data.draw, packed)
        (folder / f"a{number}.json.gz").write_bytes(content)
        if content == packed:
            expected[f"a{number}.json.gz"] = len(whole)
    outcomes = {o.file_name: o.rows_stored for o in load(warehouse, folder / "*.gz", GA4_PLAN) if o.status == "loaded"}
    assert expected.items() <= outcomes.items()
