"""What the API answers, and how rows of the store become that."""

from fudemoji.server.api.shown.base import Refusal
from fudemoji.server.api.shown.collecting import (
    Image,
    ImageIds,
    Project,
    Tag,
    Tagged,
    Thumbnail,
    Thumbnails,
    Uploaded,
    Uploads,
)
from fudemoji.server.api.shown.filling import Filling
from fudemoji.server.api.shown.learning import Course, Estimate, Export, Iteration, Progress, Publication
from fudemoji.server.api.shown.measuring import (
    Answers,
    Comparison,
    Curve,
    MeasuredImage,
    MeasuredImages,
    Performance,
    TagPerformance,
)
from fudemoji.server.api.shown.predicting import (
    ImagePage,
    Predicted,
    Prediction,
    PredictionPage,
    Predictions,
    Probability,
    Suggested,
    Suggestion,
    probabilities,
)
from fudemoji.server.api.shown.running import About, Domain, Key, Limits, NewKey

__all__ = [
    "About",
    "Answers",
    "Comparison",
    "Course",
    "Curve",
    "Domain",
    "Estimate",
    "Export",
    "Filling",
    "Image",
    "ImageIds",
    "ImagePage",
    "Iteration",
    "Key",
    "Limits",
    "MeasuredImage",
    "MeasuredImages",
    "NewKey",
    "Performance",
    "Predicted",
    "Prediction",
    "PredictionPage",
    "Predictions",
    "Probability",
    "Progress",
    "Project",
    "Publication",
    "Refusal",
    "Suggested",
    "Suggestion",
    "Tag",
    "TagPerformance",
    "Tagged",
    "Thumbnail",
    "Thumbnails",
    "Uploaded",
    "Uploads",
    "probabilities",
]
