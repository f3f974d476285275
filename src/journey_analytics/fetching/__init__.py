"""Fetching exports from where they are made, into files that a night loads as it loads any."""
