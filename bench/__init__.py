"""Speed, told as ratios of one run: `python -m bench`. What the ratios mean stands in docs/performance.md."""
