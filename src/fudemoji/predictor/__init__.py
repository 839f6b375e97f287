"""A trained model as a function of images."""

from fudemoji.predictor.prediction import Prediction
from fudemoji.predictor.predictor import Answers, Predictor
from fudemoji.predictor.preparing import Source
from fudemoji.predictor.trained import Trained, load_trained

__all__ = ["Answers", "Prediction", "Predictor", "Source", "Trained", "load_trained"]
