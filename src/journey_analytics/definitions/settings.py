"""One property's settings: `journey.yml`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator
from sqlglot import exp

from journey_analytics.definitions.bigquery import BigQuery
from journey_analytics.definitions.durations import Duration, in_whole_days
from journey_analytics.definitions.experiments import Experiment
from journey_analytics.definitions.goals import Change, Goal
from journey_analytics.definitions.personas import Persona, refuse_unclear
from journey_analytics.definitions.predictions import Predict
from journey_analytics.definitions.rules import PageWhen, Texts, TrafficWhen, first_match
from journey_analytics.definitions.schedule import Alerts, Schedule, checked_zone
from journey_analytics.definitions.strict import Definition, read_definition
from journey_analytics.definitions.touchpoints import Touchpoint, refuse_repeats

OTHER_PAGES = "other"
# what aud_filtered_traffic calls all filters together
ALL_FILTERS = "all"


class PageGroup(Definition):
    """A name for pages that belong together; the first rule that holds wins."""

    page_group: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title_nl: str | None = None
    title_en: str | None = None
    when: PageWhen
    unless: PageWhen | None = None


class TrafficFilter(Definition):
    """A name for events that are no visit: one's own people, tests, robots. They are counted, and left out of all else."""

    traffic_filter: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    when: TrafficWhen
    unless: TrafficWhen | None = None


class KeyEvent(Definition):
    """An event that counts as a conversion."""

    event_name: str
    is_order: bool = Field(False, description="this event ends a journey cycle: a purchase, a lead, a filed form")
    value: float | None = Field(None, description="value of one, in the property's currency, when the event has none")


class PhaseTitle(Definition):
    """What this property calls a phase of a journey model: where nobody buys, a purchase is an application."""

    journey_model: str
    phase: str
    title_nl: str
    title_en: str


class Redaction(Definition):
    """What is cut out of URLs and texts before anything is stored."""

    is_on: bool = True
    emails: bool = True
    parameters: Texts = (
        "access_token", "auth", "authorization", "bsn", "code", "email", "e-mail", "e_mail", "key", "mail",
        "pass", "passwd", "password", "phone", "pwd", "secret", "session", "sessionid", "sig", "tel", "token",
    )  # fmt: skip


class Settings(Definition):
    """What is true of one property (a webshop, a lead site, a public body) and of nobody else."""

    property: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="names the database and the output folder")
    title: str
    time_zone: str = Field(description="of the GA4 property, such as Europe/Amsterdam")
    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$")
    exchange_rates: str | None = Field(
        None,
        description="CSV file with what other currencies are worth (currency,valid_from,rate), relative to this file",
    )
    sources: dict[str, str] = Field(description="source -> glob of its files, relative to this file")
    bigquery: BigQuery | None = Field(None, description="where `journey fetch ga4` finds the export in BigQuery")
    own_hosts: Texts = ()
    payment_hosts: Texts = Field((), description="payment providers: coming back from one is no new visit source")
    traffic_filters: tuple[TrafficFilter, ...] = Field(
        (), description="events that are left out, by the first rule that holds; without any, every event counts"
    )
    page_groups: tuple[PageGroup, ...] = ()
    key_events: tuple[KeyEvent, ...] = (KeyEvent(event_name="purchase", is_order=True),)
    not_touches: Texts = Field(
        ("user_engagement", "scroll", "session_start", "first_visit"),
        description="events that say nothing of the journey",
    )
    friction_signals: Texts = (
        "rage_click", "dead_click", "quick_back", "script_error", "error_click", "excessive_scroll", "form_error",
    )  # fmt: skip
    primary_journey: str = "mckinsey4"
    phase_titles: tuple[PhaseTitle, ...] = Field(
        (), description="phases that this property calls otherwise than the journey model does"
    )
    touchpoints: tuple[Touchpoint, ...] = ()
    personas: tuple[Persona, ...] = Field(
        (), description="kinds of people; somebody is what their first touch shows that fits a rule, tried in order"
    )
    owners: dict[str, str] = Field(default_factory=dict, description="touchpoint_id -> who answers for it")
    goals: tuple[Goal, ...] = Field(
        (), description="how far a KPI is to come until when; pub_goal_progress says how it goes"
    )
    changes: tuple[Change, ...] = Field(
        (), description="what was done when; pub_change_impact holds before against after"
    )
    experiments: tuple[Experiment, ...] = Field(
        (),
        description="what was tried on a part of the visitors; pub_experiments holds each variant against the control",
    )
    predict: Predict | None = Field(
        None,
        description="what is predicted of each person; pub_prediction_quality says how good it is. Nothing without it",
    )
    thresholds: dict[str, dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]]] = Field(
        default_factory=dict, description="model -> threshold -> own value, whole where the model's default is whole"
    )
    segments_per_day: bool = Field(
        False,
        description="tell KPIs of single days of each segment too, and how long waits last that began on a day; without it "
        "days are told of all visitors together, for a day of one segment is a handful of people in most properties",
    )
    kept_versions: int = Field(5, ge=1, description="published versions that stay; `journey rollback` returns to one")
    rejected_share_limit: float = Field(0.5, ge=0, le=1, description="a run stops when more of its rows are refused")
    redaction: Redaction = Redaction()
    memory_limit: str | None = Field(
        None,
        pattern=r"^[1-9]\d*(MB|GB)$",
        description="how much memory a run's database engine may use, such as 4GB; without it, four fifths of the machine's",
    )
    retention: Duration | None = Field(
        None, description="how long rows are kept, in whole days before the newest complete date; without it, for ever"
    )
    forget_list: str | None = Field(
        None, description="file with the salted hashes of forgotten people; beside the database without it"
    )
    schedule: Schedule = Schedule()
    alerts: Alerts = Alerts()
    salt_file: str | None = Field(None, description="file with the salt of person keys; keep it outside the repository")
    public_salt: str | None = Field(None, description="for samples only: a salt that is no secret")

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        return checked_zone(value)

    @field_validator("retention")
    @classmethod
    def _whole_days(cls, value: timedelta | None) -> timedelta | None:
        return in_whole_days(value)

    @field_validator("traffic_filters")
    @classmethod
    def _filters_differ(cls, filters: tuple[TrafficFilter, ...]) -> tuple[TrafficFilter, ...]:
        names = [each.traffic_filter for each in filters]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"traffic_filter {twice!r} stands twice; write both rules' values in one, as a list")
        if ALL_FILTERS in names:
            raise ValueError(f"traffic_filter {ALL_FILTERS!r} stands for all filters together; choose another name")
        return filters

    @model_validator(mode="after")
    def _touchpoints_differ(self) -> Settings:
        refuse_repeats(self.touchpoints)
        return self

    @model_validator(mode="after")
    def _personas_differ(self) -> Settings:
        refuse_unclear(self.personas)
        return self

    def with_all_models(self) -> Settings:
        """Return these settings with all that is off without a word of theirs turned on: what is checked and described."""
        return self.model_copy(update={"predict": self.predict or Predict()})

    def page_group_case(self) -> exp.Condition:
        """Return the CASE that yields the page group of a page, `other` where no rule holds, null where no page is."""
        rules = ((group.when, group.unless, group.page_group) for group in self.page_groups)
        no_page = exp.column("page_path").is_(exp.null())
        case = exp.Case().when(no_page, exp.null())
        return case.else_(first_match(rules, otherwise=exp.Literal.string(OTHER_PAGES)))

    def traffic_filter_case(self) -> exp.Condition:
        """Return the CASE that yields the name of the filter that leaves an event out, null where none does."""
        rules = ((each.when, each.unless, each.traffic_filter) for each in self.traffic_filters)
        return first_match(rules, otherwise=exp.cast(exp.null(), "varchar"))


def read_settings(path: Path) -> Settings:
    """Return the settings in `path`.

    Raises:
        DefinitionError: unknown key, missing key, unknown time zone; the message names file and line.
    """
    return read_definition(Settings, path)
