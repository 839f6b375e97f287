"""A run folder turned into one page for a person, and the pictures beside it; nothing here needs torch."""

from fudemoji.report.page import write_report

__all__ = ["write_report"]
