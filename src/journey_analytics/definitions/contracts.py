"""The column glossary and the shared shapes: what a column means is said once, here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from pydantic import Field

from journey_analytics.definitions.front_matter import ColumnDoc
from journey_analytics.definitions.model import Model, output_called
from journey_analytics.definitions.strict import Definition, Location, place_in, read_definition
from journey_analytics.errors import DefinitionError, did_you_mean

# what a contract's union can add of a member; `generated.member_value` says it
MEMBER_VALUES = (
    "name", "short_name", "source_name", "source.identity", "source.reader", "source.session_rule", "measure.unit",
    "measure.is_additive",
)  # fmt: skip


class Glossary(Definition):
    """Every shared column: its type, unit and meaning."""

    columns: dict[str, ColumnDoc]


class Contract(Definition):
    """A shape that several models share; together they are offered as `all_<name>s`."""

    name: str
    description: str = Field(pattern=r"^One row per ")
    columns: tuple[str, ...] = Field(description="names from the glossary, in order")
    adds: dict[str, str] = Field(
        default_factory=dict,
        description="constant columns that the union adds: column -> what of the member (name, source, identity)",
    )
    optional: tuple[str, ...] = Field((), description="columns that a member may leave out: null in the union")
    unfilled: tuple[str, ...] = Field((), description="columns that no model can fill yet: present, and null")
    expands_to: tuple[str, ...] = Field(
        (), description="columns of the stored expansion, where the members are unit rows"
    )
    expansion: str | None = Field(None, description="file of the SELECT that expands a member, beside this file")

    @property
    def union_name(self) -> str:
        """Name of the relation that holds the rows of all members."""
        return f"all_{self.name}s"


def read_glossary(path: Path) -> Glossary:
    """Return the glossary; every column in it has a type.

    Raises:
        DefinitionError: a column without a type, an unknown key.
    """
    glossary = read_definition(Glossary, path)
    for name, column in glossary.columns.items():
        if column.type is None:
            raise DefinitionError(
                f"{place_in(path, ('columns', name))}: columns.{name}: a shared column needs a type, such as `type: varchar`."
            )
    return glossary


def read_contracts(folder: Path, glossary: Glossary) -> Mapping[str, Contract]:
    """Return the contracts of a folder by name.

    Raises:
        DefinitionError: a contract names a column that the glossary lacks, or bears another name than its file.
    """
    contracts = {}
    for path in sorted(folder.glob("*.yml")):
        if path.stem == "columns":
            continue
        contract = read_definition(Contract, path)
        if contract.name != path.stem:
            raise DefinitionError(
                f"{place_in(path, ('name',))}: name is {contract.name!r}, but the file is called {path.stem!r}."
            )
        _refuse_strangers(contract, path, glossary)
        contracts[contract.name] = contract
    return contracts


def _refuse_strangers(contract: Contract, path: Path, glossary: Glossary) -> None:
    """Refuse a contract that names a column without a meaning, a constant or a file that there is not."""
    named: dict[Location, str] = {
        **{("columns", number): column for number, column in enumerate(contract.columns)},
        **{("expands_to", number): column for number, column in enumerate(contract.expands_to)},
        **{("adds", column): column for column in contract.adds},
    }
    glossary_file = path.parent / "columns.yml"
    for at, column in named.items():
        if column not in glossary.columns:
            raise DefinitionError(
                f"{place_in(path, at)}: column {column!r} is not in the glossary ({glossary_file})."
                f"{did_you_mean(column, glossary.columns)}"
            )
    for number, column in enumerate(contract.optional):
        if column not in contract.columns:
            raise DefinitionError(
                f"{place_in(path, ('optional', number))}: optional names {column!r}, which `columns` does not."
                f"{did_you_mean(column, contract.columns)}"
            )
    for column, what in contract.adds.items():
        if what not in MEMBER_VALUES:
            raise DefinitionError(
                f"{place_in(path, ('adds', column))}: adds.{column}: no model declares {what!r}. "
                f"Allowed: {', '.join(MEMBER_VALUES)}.{did_you_mean(what, MEMBER_VALUES)}"
            )
    if contract.expansion is not None and not (path.parent / contract.expansion).is_file():
        files = sorted(file.name for file in path.parent.glob("*.sql"))
        raise DefinitionError(
            f"{place_in(path, ('expansion',))}: expansion: there is no file {contract.expansion!r} in {path.parent}. "
            f"Allowed: {', '.join(files)}.{did_you_mean(contract.expansion, files)}"
        )


# of members whose expansion is stored, the contract says how a night rebuilds that
_INCREMENT_KEYS = ("rebuild_by", "adds_up_over", "through", "via")


def unread_keys(contract: Contract, model: Model) -> list[str]:
    """Return a sentence for each key of a model's increments that nobody would read, since its rows are not stored."""
    if contract.expansion is None:
        return []
    return [
        f"{model.path}:{model.lines[(key,)]}: {key}: the rows of contract {contract.name!r} are not stored, so a night "
        f"rebuilds none of them. Their expansion is, by the keys of sql/contracts/{contract.expansion}. Leave {key} away."
        for key in _INCREMENT_KEYS
        if (key,) in model.lines
    ]


def filled_columns(contract: Contract, yields: Sequence[str]) -> list[str]:
    """Return the columns that a member has to yield, in order: those of the contract, less the optional ones it leaves out.

    >>> event = Contract(name="event", description="One row per event", columns=("at", "name", "city"), optional=("city",))
    >>> filled_columns(event, ["name", "at"])
    ['at', 'name']
    """
    return [column for column in contract.columns if column in yields or column not in contract.optional]


def unfilled_columns(contract: Contract, model: Model, yields: Sequence[str]) -> list[str]:
    """Return a sentence for each column of a contract that a model's SELECT misspells, and one for all that it lacks; file and
    line lead each.

    An optional column may be left out, but not misspelt.

    Args:
        yields: the columns that the SELECT yields.
    """
    strangers = [column for column in yields if column not in contract.columns]
    faults, lacking = [], []
    for column in contract.columns:
        if column in yields:
            continue
        nearest = get_close_matches(column, strangers, n=1)
        if nearest:
            knows = "knows" if column in contract.optional else "needs"
            faults.append(
                f"{model.place(output_called(model.select, nearest[0]))}: contract {contract.name!r} {knows} the column "
                f"{column!r}, and the SELECT yields {nearest[0]!r}. Did you mean {column!r}?"
            )
        elif column not in contract.optional:
            lacking.append(column)
    return faults + _lacking(contract, model, lacking, strangers)


def _lacking(contract: Contract, model: Model, lacking: Sequence[str], strangers: Sequence[str]) -> list[str]:
    if not lacking:
        return []
    columns, them = ("column", "it") if len(lacking) == 1 else ("columns", "them")
    also = f" Not in the contract: {', '.join(strangers)}." if strangers else ""
    return [
        f"{model.path}:{model.lines.get(('contract',), 1)}: contract {contract.name!r} needs the {columns} "
        f"{', '.join(map(repr, lacking))}, and the SELECT does not yield {them}.{also} A column without a value here is null, "
        f"cast to its type; allowed are those of sql/contracts/{contract.name}.yml: {', '.join(contract.columns)}."
    ]
