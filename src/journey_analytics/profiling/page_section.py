"""The key `page_groups` of the proposed settings."""

from __future__ import annotations

from typing import Any

from journey_analytics.profiling.page_rules import PageRule, page_rules
from journey_analytics.profiling.page_tree import ONE_EACH, placed, site_tree
from journey_analytics.profiling.profile import ExportProfile, PageFolder
from journey_analytics.profiling.words import STANDARD_GROUPS, as_title
from journey_analytics.profiling.yaml_text import comment, item, named
from journey_analytics.wording import percentage, whole

_SHOWN = 8
_WHY = (
    "Which page is what. Thousands of paths become some twenty groups that people know; journey models and touchpoints "
    "speak of groups only. The first rule that holds wins; what no rule names becomes `other`. Keep to the standard names "
    "where they fit: the journey models know those. Behind each rule stands the number of page views it was found with."
)


def proposed_page_rules(profile: ExportProfile) -> list[PageRule]:
    """Return the rules that put the pages of an export into groups."""
    places = placed(profile.page_folders, profile.page_views)
    return page_rules(places, site_tree(profile.page_folders))


def page_groups(profile: ExportProfile) -> list[str]:
    """Return the lines of the key."""
    rules = proposed_page_rules(profile)
    if not rules:
        return [*comment(_WHY, "The export names no pages."), "page_groups: []"]
    missing = [group for group in STANDARD_GROUPS if group not in {rule.page_group for rule in rules}]
    lines = comment(_WHY)
    lines += comment(f"Standard names without a page so far: {', '.join(missing)}.") if missing else []
    lines.append("page_groups:")
    was_standard = True
    for rule in rules:
        if was_standard and rule.page_group not in STANDARD_GROUPS:
            was_standard = False
            lines += comment(
                "Big parts of the site that no standard name was found for, named after their folder.", indent=2
            )
        lines.append(item(_as_yaml(rule), _note(rule, profile.page_views)))
    return lines + _left_over(profile, rules)


def _as_yaml(rule: PageRule) -> dict[str, Any]:
    told: dict[str, Any] = {"page_group": rule.page_group}
    if rule.title is not None:
        title = as_title(rule.title)
        told |= {"title_nl": title, "title_en": title}
    return told | {"when": rule.when}


def _note(rule: PageRule, page_views: int) -> str:
    if not rule.page_views:
        return "counted with the line above"
    note = f"{whole(rule.page_views, 'en')} page views, {percentage(rule.page_views / page_views, 'en')}"
    if rule.left_out:
        note += f"; {rule.left_out} smaller folders left out"
    return note + _mixed(rule)


def _mixed(rule: PageRule) -> str:
    """Return what to know of a product rule that holds lists as well: fewer views of an item than page views."""
    share = rule.item_views / rule.page_views
    if rule.page_group != "product" or not 0 < share < ONE_EACH[0]:
        return ""
    return (
        f"; at most {percentage(share, 'en')} of them show a product (view_item), so lists stand among them: give those "
        "a line with `category` above this one"
    )


def _left_over(profile: ExportProfile, rules: list[PageRule]) -> list[str]:
    """Return what becomes `other`, so that it can be given a name."""
    rest = profile.page_views - sum(rule.page_views for rule in rules)
    if rest <= 0:
        return []
    free = [folder for folder in profile.top_folders(len(profile.page_folders)) if not _is_named(folder, rules)][
        :_SHOWN
    ]
    told = ", ".join(f"{named(folder.path)} ({whole(folder.page_views, 'en')})" for folder in free)
    share = percentage(rest / profile.page_views, "en")
    largest = f" Most of them: {told}." if told else ""
    return comment(f"{whole(rest, 'en')} page views ({share}) become `other`.{largest}", indent=2)


def _is_named(folder: PageFolder, rules: list[PageRule]) -> bool:
    """Return whether a rule speaks of a folder, or of something in it."""
    paths = [path for rule in rules for path in _paths(rule)]
    return any(path == folder.path or path.startswith(folder.path + "/") for path in paths) or any(
        folder.path.startswith(path) for rule in rules for path in _starts(rule)
    )


def _starts(rule: PageRule) -> list[str]:
    match = rule.when["page_path"]
    values = match["starts_with"] if isinstance(match, dict) else []
    return [values] if isinstance(values, str) else list(values)


def _paths(rule: PageRule) -> list[str]:
    match = rule.when["page_path"]
    values = match["starts_with"] if isinstance(match, dict) else match
    return [values] if isinstance(values, str) else list(values)
