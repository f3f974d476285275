"""Behavioural data in, funnel insight out: a measured customer journey from GA4- and Clarity-style event exports."""

__version__ = "0.1.0"
