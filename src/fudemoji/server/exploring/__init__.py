"""What is looked at rather than changed: named sets, which images are alike, and the forms that a character takes."""

from fudemoji.server.exploring.alike import MOST_GROUPED, Form
from fudemoji.server.exploring.looks import By, Comparison, Forms, Looks, Neighbours
from fudemoji.server.exploring.named import NamedSets, Opened

__all__ = ["MOST_GROUPED", "By", "Comparison", "Form", "Forms", "Looks", "NamedSets", "Neighbours", "Opened"]
