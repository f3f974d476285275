"""Exports that are not GA4's: which tool they come from, or what their columns seem to hold, as a staging model."""

from journey_analytics.profiling.sources.proposal import SourceProposal, proposed_source

__all__ = ["SourceProposal", "proposed_source"]
