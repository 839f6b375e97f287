"""Trainings of a server, each in a process of its own, and what belongs to a trained iteration."""

from fudemoji.report.course import Course
from fudemoji.server.trainings.ending import log_of
from fudemoji.server.trainings.estimating import Estimate, estimate
from fudemoji.server.trainings.finding import Finding
from fudemoji.server.trainings.looking_back import Outcome, course, outcome, report
from fudemoji.server.trainings.progress import Progress
from fudemoji.server.trainings.rates import RateCurve, Tried
from fudemoji.server.trainings.starting import Rules, cancel, foresee, resume, start
from fudemoji.server.trainings.suggesting import Looked, suggest, suggest_next
from fudemoji.server.trainings.trainer import Trainer

__all__ = [
    "Course",
    "Estimate",
    "Finding",
    "Looked",
    "Outcome",
    "Progress",
    "RateCurve",
    "Rules",
    "Trainer",
    "Tried",
    "cancel",
    "course",
    "estimate",
    "foresee",
    "log_of",
    "outcome",
    "report",
    "resume",
    "start",
    "suggest",
    "suggest_next",
]
