"""The training loop and what turns in it; `metrics` and `samples` do without torch."""
