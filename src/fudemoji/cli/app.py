"""The verbs. Nothing here imports torch before a verb needs it."""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from fudemoji.cli import compare as compare_verb
from fudemoji.cli import data as data_verbs
from fudemoji.cli import models as model_verbs
from fudemoji.cli import tune as tune_verb
from fudemoji.cli.evaluate import evaluate
