"""A made-up property with known truths: seeded GA4 and Clarity exports, any number of persons."""

from journey_analytics.sample.writer import SITES, SampleReport, write_sample

SCENARIOS = tuple(SITES)

__all__ = ["SCENARIOS", "SampleReport", "write_sample"]
