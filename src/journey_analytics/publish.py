"""Publishing: a new folder beside the last, then one atomic swap. Readers see the old tables or the new ones, never half."""

from __future__ import annotations

import os
import shutil
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from journey_analytics.definitions.model import Model
from journey_analytics.definitions.project import Project
from journey_analytics.disk import make_durable
from journey_analytics.errors import JourneyError, StorageError
from journey_analytics.lock import run_lock
from journey_analytics.published_texts import published_texts
from journey_analytics.shown import read_shown
from journey_analytics.warehouse import Warehouse, literal, ordering, quoted

CURRENT, VERSIONS = "current", "versions"
_DRAFT = ".draft"


def publish(project: Project, warehouse: Warehouse, out: Path) -> Path:
    """Write every published table to `out` and return the folder that readers open, `out/current`.

    Each table comes as Parquet and as CSV, in a fixed order, the CSV rounded for reading; all of them together as
    `journey_marts.duckdb`; what their columns mean as `dictionary.json`; what matters most in words as
    `00_start_hier.md`; the friction contract as `friction_annotations.contract.json`.

    Raises:
        Busy: another run publishes to this folder.
        StorageError: the folder cannot be written.
    """
    versions = out / VERSIONS
    # nobody else publishes here while this block lasts, so any draft in it was left by a run that died
    with publishing(out):
        try:
            versions.mkdir(parents=True, exist_ok=True)
            _forget_drafts(versions)
            _write_version(project, warehouse, versions / _DRAFT)
            number = max((int(path.name) for path in versions.iterdir() if path.name.isdigit()), default=0) + 1
            folder = versions / f"{number:06d}"
            (versions / _DRAFT).rename(folder)
            make_durable(versions)
            swap(out / CURRENT, folder)
            _forget_old(versions, project.settings.kept_versions)
        except OSError as error:
            raise StorageError(
                f"{out}: cannot be written ({error.strerror}). Choose another folder with --out, or make room in it."
            ) from None
        finally:
            _forget_drafts(versions)
    return out / CURRENT


def publishing(out: Path) -> AbstractContextManager[None]:
    """Hold the right to write to the output folder: databases that share one take turns.

    Raises:
        Busy: another run publishes there.
        StorageError: the folder cannot be written.
    """
    return run_lock(out / ".publishing", option="--out")


def _write_version(project: Project, warehouse: Warehouse, draft: Path) -> None:
    draft.mkdir()
    _write_tables(project, warehouse, draft)
    for name, text in published_texts(project, warehouse).items():
        (draft / name).write_text(text, encoding="utf-8")
    for path in [*draft.iterdir(), draft]:
        make_durable(path)


def _forget_drafts(versions: Path) -> None:
    """Remove what is no version (its name has a dot): left by a run that died, or by this one when the disk is full."""
    for path in versions.glob(".*"):
        shutil.rmtree(path, ignore_errors=True)


def is_current(project: Project, warehouse: Warehouse, out: Path) -> bool:
    """Whether readers see these very tables and texts: published last from this database, untouched, and not changed since.

    Texts are held against those that would be written now: wording stands in code and definitions, not in tables.
    """
    seen, folder = read_shown(warehouse), out / CURRENT
    if seen is None or seen.is_stale or not seen.is_whole(folder):
        return False
    texts = published_texts(project, warehouse)
    return all((folder / name).read_text(encoding="utf-8") == text for name, text in texts.items())


def _write_tables(project: Project, warehouse: Warehouse, folder: Path) -> None:
    data_hash, rule_hash, _ = warehouse.rows("select * from run_identity")[0]
    marts = quoted("journey_marts")
    warehouse.run(f"attach {literal(str(folder / 'journey_marts.duckdb'))} as {marts}")
    try:
        for model in project.published:
            # sorted once, and read three times in that order
            warehouse.run(
                f"create or replace temp table published_rows as {_ordered(model, project.settings.primary_journey)}"
            )
            rows = "select * from published_rows"
            file = folder / model.name.removeprefix("pub_")
            metadata = f"{{data_hash: {literal(data_hash)}, rule_hash: {literal(rule_hash)}}}"
            warehouse.run(
                f"copy ({rows}) to {literal(f'{file}.parquet')} (format parquet, compression zstd, kv_metadata {metadata})"
            )
            warehouse.run(f"copy ({_rounded_rows(warehouse)}) to {literal(f'{file}.csv')} (format csv, header)")
            warehouse.run(f"create table {marts}.{quoted(model.name)} as {rows}")
        warehouse.run("drop table if exists published_rows")
    finally:
        # when the disk is full the engine may have let go already; the first error is the one to show
        with suppress(JourneyError):
            warehouse.run(f"detach {marts}")


def _rounded_rows(warehouse: Warehouse) -> str:
    """Return the SELECT of `published_rows` as people read them: of each number so many digits as say something.

    Below 1, where shares and p-values are, four significant digits; from 1 on, money and seconds mostly, two decimals.
    The size decides and not the unit, since a table of KPIs holds many units in one column. Rounding keeps the order of
    numbers, so an interval still contains its value. Decimals are money: two. Times lose what is below the second.
    """
    rounded = [
        f"case when abs({name}) < 1 then cast(format('{{:.3e}}', {name}) as double) else round({name}, 2) end as {name}"
        for column, kind in warehouse.columns("published_rows").items()
        if kind == "DOUBLE" and (name := quoted(column))
    ]
    rounded += [
        f"cast({name} as decimal(38, 2)) as {name}"
        for column, kind in warehouse.columns("published_rows").items()
        if kind.startswith("DECIMAL") and (name := quoted(column))
    ]
    rounded += [
        f"date_trunc('second', {name}) as {name}"
        for column, kind in warehouse.columns("published_rows").items()
        if kind == "TIMESTAMP" and (name := quoted(column))
    ]
    instead = f" replace ({', '.join(rounded)})" if rounded else ""
    return f"select *{instead} from published_rows"


def _ordered(model: Model, primary: str) -> str:
    """Return the rows of a published table in one total order, what a reader looks for first: the newest night of a
    ledger, the primary journey model and what belongs to all models; then the model's own order, then its grain.
    """
    ordered = {column.split()[0] for column in model.front.order_by}
    columns = [*model.front.order_by, *(column for column in model.front.grain if column not in ordered)]
    order = [ordering(columns)]
    if "journey_model" in ordered | set(model.front.grain):
        order.insert(0, f"journey_model not in ({literal(primary)}, 'all')")
    if model.front.published == "ledger":
        order.insert(0, "as_of desc")
    return f"select * from {quoted(model.name)} order by {', '.join(order)}"


def swap(link: Path, folder: Path) -> None:
    """Point the readers' link at another version, in one step. The caller is the only one who publishes."""
    fresh = link.with_name(f".{link.name}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(os.path.relpath(folder, link.parent), target_is_directory=True)
    fresh.replace(link)
    make_durable(link.parent)


def keep_only_current(out: Path) -> None:
    """Delete every version but the one that readers see, so that nobody goes back to people who are forgotten.

    Raises:
        Busy: another run publishes to this folder.
        StorageError: one cannot be deleted.
    """
    with publishing(out):
        current = (out / CURRENT).resolve()
        for path in (out / VERSIONS).iterdir():
            if path.resolve() != current:
                try:
                    shutil.rmtree(path)
                except OSError as error:
                    raise StorageError(
                        f"{path}: cannot be deleted ({error.strerror}). Delete it, then run again."
                    ) from None


def _forget_old(versions: Path, kept_versions: int) -> None:
    for path in sorted(path for path in versions.iterdir() if path.name.isdigit())[:-kept_versions]:
        # killed halfway, half a version must not look like one
        shutil.rmtree(path.rename(path.with_name(f".old-{path.name}")), ignore_errors=True)
