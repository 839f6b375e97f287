"""A run folder turned into one page for a person, and the pictures beside it; nothing here needs torch."""

from fudemoji.report.check_page import write_check_page
from fudemoji.report.page import write_report

__all__ = ["write_check_page", "write_report"]
