"""Trainings of a server, each in a process of its own, and what belongs to a trained iteration."""

from fudemoji.server.trainings.ending import log_of
from fudemoji.server.trainings.progress import Progress
from fudemoji.server.trainings.starting import Rules, cancel, resume, start
from fudemoji.server.trainings.suggesting import Looked, suggest, suggest_next
from fudemoji.server.trainings.trainer import Trainer

__all__ = [
    "Looked",
    "Progress",
    "Rules",
    "Trainer",
    "cancel",
    "log_of",
    "resume",
    "start",
    "suggest",
    "suggest_next",
]
