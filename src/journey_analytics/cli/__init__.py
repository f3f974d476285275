"""The command line: `journey …`."""

from journey_analytics.cli.app import main

__all__ = ["main"]
