"""Prefect flows: when, retries, parameters. What is done stands in `journey_analytics.pipeline`.

Prefect's settings are in force before anything here imports Prefect.
"""

from flows import prefect_settings

__all__ = ["prefect_settings"]
