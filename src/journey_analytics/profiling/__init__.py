"""`journey init`: looks at an export, and proposes the settings of the property that it comes from."""

from journey_analytics.profiling.export import profile_export
from journey_analytics.profiling.files import found_files, proposed_glob
from journey_analytics.profiling.profile import ExportProfile
from journey_analytics.profiling.settings_text import proposed_settings
from journey_analytics.profiling.sources import SourceProposal, proposed_source
from journey_analytics.profiling.summary import profile_summary

__all__ = [
    "ExportProfile", "SourceProposal", "found_files", "profile_export", "profile_summary", "proposed_glob",
    "proposed_settings", "proposed_source",
]  # fmt: skip
