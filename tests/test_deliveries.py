from __future__ import annotations

from pathlib import Path

import pytest

from journey_analytics.ingest.deliveries import (
    ExportFile,
    decide,
    deliveries,
    delivery_kind,
    delivery_name,
    fixed_part,
)


def file(name: str, content: str = "") -> ExportFile:
    return ExportFile(Path("exports") / name, name, content or name)


@pytest.mark.parametrize(
    ("pattern", "folder"),
    [
        ("exports/*.json", "exports"),
        ("exports/shop_*/events_*.json.gz", "exports"),
        ("exports/**/*.parquet", "exports"),
        ("/data/events_20210131.parquet", "/data"),
        ("events.json", "."),
    ],
)
def test_the_fixed_part_is_the_folder_before_the_first_wildcard(pattern: str, folder: str) -> None:
    assert fixed_part(pattern) == Path(folder)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("events_20210131.json.gz", "events_20210131"),
        ("events_20210131-000000000000.json.gz", "events_20210131"),
        ("events_20210131-000000000017.snappy.parquet", "events_20210131"),
        ("events_20210131/000000000000.parquet", "events_20210131"),
        ("shop/events_20210131.NDJSON", "shop/events_20210131"),
        ("events.v2.20210131.jsonl", "events.v2.20210131"),
        ("clicks-202101312359.csv", "clicks-202101312359"),  # a time, not a shard: BigQuery's begin with a zero
        ("clicks", "clicks"),
    ],
)
def test_a_stem_lacks_shard_number_and_endings(name: str, stem: str) -> None:
    assert delivery_name(name) == stem


def test_a_bare_shard_takes_the_name_of_its_folder() -> None:
    assert delivery_name("000000000000.json.gz", "events_20210131") == "events_20210131"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("events_20210131", "daily"),
        ("shop/events_20210131", "daily"),
        ("events_intraday_20210131", "intraday"),
        ("events_fresh_20210131", "fresh"),
        ("events_202101", "other"),
        ("my_events_20210131", "other"),
    ],
)
def test_the_kind_is_told_by_the_name(name: str, kind: str) -> None:
    assert delivery_kind(name) == kind


def test_shards_make_one_delivery_whatever_their_order() -> None:
    one, two, other = file("a-000000000000.json"), file("a-000000000001.json"), file("b.json")
    found = deliveries([two, other, one])
    assert [(delivery.name, delivery.files) for delivery in found] == [("a", (one, two)), ("b", (other,))]


def test_new_changed_known_copied_and_gone_are_told_apart() -> None:
    present = deliveries(
        [file("new.json", "1"), file("changed.json", "2"), file("known.json", "3"), file("copy.json", "3")]
    )
    decision = decide(present, {"changed": ("old",), "known": ("3",), "gone": ("4",)})
    assert [delivery.name for delivery in decision.load] == ["changed", "new"]
    assert [delivery.name for delivery in decision.unchanged] == ["known"]
    assert [(delivery.name, other) for delivery, other in decision.same_content] == [("copy", "known")]
    assert decision.gone == ("gone",)


def test_a_renamed_delivery_is_a_copy_and_its_old_name_is_not_missed() -> None:
    decision = decide(deliveries([file("b.json", "1")]), {"a": ("1",)})
    assert [(delivery.name, other) for delivery, other in decision.same_content] == [("b", "a")]
    assert (decision.load, decision.gone) == ((), ())


def test_two_new_files_of_equal_content_are_loaded_once() -> None:
    decision = decide(deliveries([file("a.json", "1"), file("b.json", "1")]), {})
    assert [delivery.name for delivery in decision.load] == ["a"]
    assert [(delivery.name, other) for delivery, other in decision.same_content] == [("b", "a")]


def test_a_copy_is_loaded_when_the_other_gets_new_content() -> None:
    decision = decide(deliveries([file("a.json", "2"), file("b.json", "1")]), {"a": ("1",)})
    assert [delivery.name for delivery in decision.load] == ["a", "b"]


def test_renumbered_shards_are_no_news() -> None:
    decision = decide(
        deliveries([file("a-000000000001.json", "1"), file("a-000000000002.json", "2")]), {"a": ("1", "2")}
    )
    assert [delivery.name for delivery in decision.unchanged] == ["a"]


def strays(names: list[str], stored: list[str] | None = None) -> list[str]:
    decision = decide(deliveries(file(name) for name in names), dict.fromkeys(stored or [], ("other",)))
    assert not {delivery.name for delivery, _ in decision.stray} & {delivery.name for delivery in decision.load}
    return [delivery.name for delivery, _ in decision.stray]


def test_an_intraday_table_is_a_stray_when_a_day_five_days_later_has_come_whole() -> None:
    streamed = "events_intraday_20260301"
    assert strays([streamed, "events_20260305"]) == []
    assert strays([streamed, "events_20260306"]) == [streamed]
    assert strays([streamed], stored=["events_20260306"]) == [streamed]


def test_what_was_loaded_in_its_time_is_no_stray() -> None:
    assert strays(["events_intraday_20260301", "events_20260331"], stored=["events_intraday_20260301"]) == []


def test_what_was_streamed_of_a_day_that_came_whole_is_no_stray() -> None:
    assert strays(["events_intraday_20260301", "events_20260301", "events_20260331"]) == []


def test_a_stray_is_judged_by_the_tables_of_its_own_folder() -> None:
    assert strays(["shop/events_intraday_20260301", "blog/events_20260331"]) == []


def test_a_name_with_an_impossible_date_is_no_stray() -> None:
    assert strays(["events_intraday_20269999", "events_20260331"]) == []
