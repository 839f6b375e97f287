import numpy as np

from builders import CPU, glyphs, labelled_glyphs, small_net
from fudemoji.data.batches import Pixels, Store
from fudemoji.engine.inference import predict_split
from fudemoji.engine.results import Scored, record
from fudemoji.metrics import MultiPredictions, predictions_from
from fudemoji.runs import Run

PIXELS = Pixels((40.0,), (60.0,))


def test_a_split_is_predicted_recorded_and_read_back(tmp_path):
    data, net = labelled_glyphs(8, 33), small_net(shape=(1, 12, 12))
    store = Store(data.images, np.pad(data.labels, ((0, 0), (0, 1))), data.indices("test"), device=CPU.device)
    predictions = predict_split(
        net, store, split="test", indices_N=data.indices("test"), num_classes=4, pixels=PIXELS, runtime=CPU,
        batch_size=7,
    )  # fmt: skip
    assert isinstance(predictions, MultiPredictions)
    assert (predictions.labels_NK[:, :3] == data.split("test")[1]).all()
    scored = Scored(predictions, 0.5)
    event = scored.event(step=3, epoch=1.5)
    assert (event.accuracy, event.balanced_accuracy) == (scored.metrics.accuracy, None)
    assert event.mean_average_precision == scored.metrics.mean_average_precision
    record(Run(tmp_path), scored, data.images, shifts=0)
    back = predictions_from(Run(tmp_path).read_arrays("predictions"))
    assert (back.probs_NK == predictions.probs_NK).all()
    stored = Run(tmp_path).read_json("metrics")
    assert stored["micro_f1"] == scored.metrics.micro_f1
    assert "balanced_accuracy" not in stored
    assert "calibration_error" not in stored


def test_metrics_json_holds_figures_and_their_intervals(tmp_path):
    data, net = glyphs(8, 40), small_net(shape=(1, 12, 12))
    store = Store(data.images, data.labels, data.indices("test"), device=CPU.device)
    predictions = predict_split(
        net, store, split="test", indices_N=data.indices("test"), num_classes=4, pixels=PIXELS, runtime=CPU,
        all_probs=True,
    )  # fmt: skip
    scored = Scored(predictions, 0.5)
    record(Run(tmp_path), scored, data.images, shifts=2)
    stored = Run(tmp_path).read_json("metrics")
    assert stored["shifts"] == 2
    assert stored["mean_average_precision"] == scored.metrics.mean_average_precision
    assert stored["intervals"]["figures"]["accuracy"] == [stored["accuracy_low"], stored["accuracy_high"]]
    low, high = stored["intervals"]["figures"]["macro_f1"]
    assert low <= stored["macro_f1"] <= high
    assert len(stored["intervals"]["classes"]["f1"]) == 4
