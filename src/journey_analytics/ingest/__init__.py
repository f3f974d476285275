"""Loading export files into typed raw tables."""

from journey_analytics.ingest.load import load_source, prepare_raw
from journey_analytics.ingest.plan import FileOutcome, SourcePlan

__all__ = ["FileOutcome", "SourcePlan", "load_source", "prepare_raw"]
