"""A trained model as a function of images."""

from fudemoji.predictor.answering import Answering, Answers
from fudemoji.predictor.prediction import Prediction
from fudemoji.predictor.predictor import Predictor
from fudemoji.predictor.preparing import Source
from fudemoji.predictor.trained import Trained, load_trained

__all__ = ["Answering", "Answers", "Prediction", "Predictor", "Source", "Trained", "load_trained"]
