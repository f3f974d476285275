"""Funnels at work: their SQL, and the suite of cases that holds any engine to one definition."""
