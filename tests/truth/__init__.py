"""Truth, tested as a whole: what the house says of sites whose truth is known. `python -m tests.truth`."""
