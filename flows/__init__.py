"""Prefect flows: when, retries, parameters. What is done stands in `journey_analytics.pipeline`."""
