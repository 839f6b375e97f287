"""Projects are filled from archives, folders, tables and named sets, by jobs that outlive the request."""

from fudemoji.server.filling.filler import Filler
from fudemoji.server.filling.filling import MOST_PROBLEMS, Filling, FillingStatus, Problem
from fudemoji.server.filling.pouring import Bounds
from fudemoji.server.filling.sources import Source, SourceKind

__all__ = ["MOST_PROBLEMS", "Bounds", "Filler", "Filling", "FillingStatus", "Problem", "Source", "SourceKind"]
