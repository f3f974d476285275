"""Publishing: a new folder beside the last, then one atomic swap. Readers see the old tables or the new ones, never half."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from journey_analytics.definitions.model import Model
from journey_analytics.definitions.project import Project
from journey_analytics.errors import JourneyError, StorageError
from journey_analytics.findings import top_findings
from journey_analytics.lock import run_lock
from journey_analytics.warehouse import Warehouse, literal, quoted

CURRENT, VERSIONS, ABOUT = "current", "versions", "version.json"
_DRAFT = ".draft"
_OTHER_FILES = (
    "journey_marts.duckdb", "dictionary.json", "friction_annotations.contract.json", "00_start_hier.md", ABOUT,
)  # fmt: skip


def publish(project: Project, warehouse: Warehouse, out: Path) -> Path:
    """Write every published table to `out` and return the folder that readers open, `out/current`.

    Each table comes as Parquet and as CSV, in a fixed order; all of them together as `journey_marts.duckdb`; what their
    columns mean as `dictionary.json`; what matters most in words as `00_start_hier.md`; the friction contract as
    `friction_annotations.contract.json`.

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
            _make_durable(versions)
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
    _write_texts(project, warehouse, draft)
    (draft / "00_start_hier.md").write_text(start_here(project, warehouse), encoding="utf-8")
    for path in [*draft.iterdir(), draft]:
        _make_durable(path)


def _make_durable(path: Path) -> None:
    """Wait until a file or a folder's list of names is on the disk: a power cut must not leave a name without content."""
    place = os.open(path, os.O_RDONLY)
    try:
        os.fsync(place)
    except OSError:
        # some network disks know no such thing for a folder
        if not path.is_dir():
            raise
    finally:
        os.close(place)


def _forget_drafts(versions: Path) -> None:
    """Remove what is no version (its name has a dot): left by a run that died, or by this one when the disk is full."""
    for path in versions.glob(".*"):
        shutil.rmtree(path, ignore_errors=True)


def is_current(project: Project, warehouse: Warehouse, out: Path) -> bool:
    """Whether the folder that readers open was published from the same files, definitions and as_of, and is whole."""
    identity = [str(value) for value in warehouse.rows("select data_hash, rule_hash from run_identity")[0]]
    folder = out / CURRENT
    stems = [model.name.removeprefix("pub_") for model in project.published]
    files = [folder / f"{stem}.{ending}" for stem in stems for ending in ("parquet", "csv")]
    if not all(path.is_file() for path in [*files, *(folder / name for name in _OTHER_FILES)]):
        return False
    told = "select decode(key), decode(value) from parquet_kv_metadata(?)"
    for stem in stems:
        said = dict(warehouse.rows(told, [str(folder / f"{stem}.parquet")]))
        if [said.get("data_hash"), said.get("rule_hash")] != identity:
            return False
    return True


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
            warehouse.run(f"copy ({rows}) to {literal(f'{file}.csv')} (format csv, header)")
            warehouse.run(f"create table {marts}.{quoted(model.name)} as {rows}")
        warehouse.run("drop table if exists published_rows")
    finally:
        # when the disk is full the engine may have let go already; the first error is the one to show
        with suppress(JourneyError):
            warehouse.run(f"detach {marts}")


def _ordered(model: Model, primary: str) -> str:
    """Return the rows of a published table in one total order, what a reader looks for first: the newest night of a
    ledger, the primary journey model and what belongs to all models; then the model's own order, then its grain.
    """
    columns = [*model.front.order_by, *model.front.grain]
    order = [quoted(column) for column in dict.fromkeys(columns)]
    if "journey_model" in columns:
        order.insert(0, f"journey_model not in ({literal(primary)}, 'all')")
    if model.front.published == "ledger":
        order.insert(0, "as_of desc")
    return f"select * from {quoted(model.name)} order by {', '.join(order)}"


def _write_texts(project: Project, warehouse: Warehouse, folder: Path) -> None:
    data_hash, rule_hash, _ = warehouse.rows("select * from run_identity")[0]
    as_of = warehouse.value("select as_of from run_window")
    about = {"as_of": as_of and as_of.isoformat(), "data_hash": data_hash, "rule_hash": rule_hash}
    _write_json(folder / ABOUT, about)
    tables = {}
    for model in project.published:
        columns = {
            column: {"type": kind, **_meaning(project, model, column)}
            for column, kind in warehouse.columns(model.name).items()
        }
        tables[model.name] = {
            "description": model.front.description,
            "grain": list(model.front.grain),
            "columns": columns,
        }
    _write_json(folder / "dictionary.json", tables)
    contract = project.contracts["friction_annotation"]
    _write_json(
        folder / "friction_annotations.contract.json",
        {
            "contract_version": warehouse.value("select contract_version from run_identity"),
            "description": contract.description,
            "columns": tables["pub_friction_annotations"]["columns"],
            "unfilled": list(contract.unfilled),
        },
    )


def _meaning(project: Project, model: Model, column: str) -> dict[str, str]:
    doc = project.column_doc(model, column)
    if doc is None:
        return {}
    return {"meaning": doc.doc} | ({"unit": doc.unit} if doc.unit else {})


def _write_json(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


_TABLES_NL = {
    "drop_off_points": "waar bezoeken eindigen, per fase en contactmoment",
    "friction_annotations": "knelpunten en pieken voor de kaart, met bedrag en eigenaar",
    "journey_paths": "de meest gelopen routes door de fasen",
    "kpi_dictionary": "wat elk kengetal betekent, en van wie",
    "phase_kpis": "kengetallen per dag, week en maand",
    "restatements": "welke gepubliceerde cijfers deze nacht anders zijn geworden, en waarom",
    "phase_transitions": "van welke fase naar welke",
    "touchpoints": "hoeveel bezoekers elk contactmoment zien",
}


def start_here(project: Project, warehouse: Warehouse) -> str:
    """Return the page that a marketer opens first: the findings that matter most in Dutch, then what each table holds."""
    as_of = warehouse.value("select as_of from run_window")
    findings = top_findings(warehouse)
    told = [
        f"{place}. **{found.phase['nl']}.** {found.sentences('nl')}" for place, found in enumerate(findings, start=1)
    ]
    tables = [model.name.removeprefix("pub_") for model in project.published]
    lines = [
        f"# {project.settings.title}",
        "",
        f"Compleet tot en met {as_of:%d-%m-%Y}." if as_of is not None else "Nog geen complete dag gemeten.",
        "",
        "## Wat het meest telt",
        "",
        *(told or ["Geen knelpunt steekt er (nog) bovenuit: de verschillen kunnen toeval zijn."]),
        "",
        "## De tabellen",
        "",
        *(f"- `{table}.csv`: {_TABLES_NL[table]}" for table in sorted(tables) if table in _TABLES_NL),
    ]
    return "\n".join(lines) + "\n"


def swap(link: Path, folder: Path) -> None:
    """Point the readers' link at another version, in one step. The caller is the only one who publishes."""
    fresh = link.with_name(f".{link.name}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(os.path.relpath(folder, link.parent), target_is_directory=True)
    fresh.replace(link)
    _make_durable(link.parent)


def keep_only_current(out: Path) -> None:
    """Delete every version but the one that readers see, so that nobody goes back to people who are forgotten.

    Raises:
        StorageError: one cannot be deleted.
    """
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
