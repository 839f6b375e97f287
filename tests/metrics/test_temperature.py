import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import expit, softmax

from fudemoji.errors import DataError
from fudemoji.metrics import fit_temperature, log_loss, probabilities


def classified(*, sharpness, num_images=2000, num_classes=7, seed=0):
    """Logits `sharpness` times as sharp as what their labels were drawn from, and the labels."""
    rng = np.random.default_rng(seed)
    honest = rng.normal(0, 2, (num_images, num_classes))
    labels = (softmax(honest, axis=1).cumsum(axis=1) < rng.uniform(size=(num_images, 1))).sum(axis=1)
    return (sharpness * honest).astype(np.float32), labels.astype(np.int64)


def labelled(*, sharpness, num_images=1000, num_classes=5, seed=0):
    rng = np.random.default_rng(seed)
    honest = rng.normal(-1, 2, (num_images, num_classes))
    return (sharpness * honest).astype(np.float32), rng.uniform(size=honest.shape) < expit(honest)


@pytest.mark.parametrize("draw", [classified, labelled])
@pytest.mark.parametrize("sharpness", [0.2, 1.0, 5.0])
def test_the_temperature_is_where_scipy_finds_the_least_log_loss(draw, sharpness):
    logits, labels = draw(sharpness=sharpness)
    witness = minimize_scalar(
        lambda log: log_loss(logits, labels, temperature=np.exp(log)),
        bounds=(-3, 3),
        options={"xatol": 1e-12},
    )
    assert fit_temperature(logits, labels) == pytest.approx(np.exp(witness.x), rel=1e-5)


@pytest.mark.parametrize("draw", [classified, labelled])
def test_what_was_sharpened_is_softened_by_as_much(draw):
    assert fit_temperature(*draw(sharpness=3, num_images=20_000)) == pytest.approx(3, rel=0.05)


def test_logarithms_of_probabilities_serve_as_logits():
    logits, labels = classified(sharpness=2)
    logarithms = np.log(probabilities(logits))
    assert fit_temperature(logarithms, labels) == pytest.approx(fit_temperature(logits, labels), rel=1e-6)


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_probabilities_and_log_loss_are_those_of_scipy_and_scikit_learn(temperature):
    metrics = pytest.importorskip("sklearn.metrics")
    logits, labels = classified(sharpness=2)
    probs = probabilities(logits, temperature=temperature)
    assert probs == pytest.approx(softmax(logits.astype(float) / temperature, axis=1), abs=1e-12)
    assert log_loss(logits, labels, temperature=temperature) == pytest.approx(
        metrics.log_loss(labels, probs), rel=1e-9
    )
    several, truth = labelled(sharpness=2)
    probs = probabilities(several, temperature=temperature, multi_label=True)
    assert probs == pytest.approx(expit(several.astype(float) / temperature), abs=1e-12)
    each = [metrics.log_loss(truth[:, k], probs[:, k]) for k in range(truth.shape[1])]
    assert log_loss(several, truth, temperature=temperature) == pytest.approx(np.mean(each), rel=1e-9)


def test_the_order_of_the_classes_stays():
    logits, _ = classified(sharpness=8)
    assert (probabilities(logits, temperature=5).argmax(axis=1) == logits.argmax(axis=1)).all()


def test_where_all_is_right_or_as_by_chance_there_is_no_temperature():
    logits, _ = classified(sharpness=1)
    assert fit_temperature(logits, logits.argmax(axis=1)) is None
    assert fit_temperature(logits, logits.argmin(axis=1)) is None
    assert fit_temperature(logits, np.roll(logits.argmin(axis=1), 1)) is None


def test_logits_that_are_far_apart_or_no_numbers_are_met():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1, (200, 4)).astype(np.float32) * 1e4
    labels = logits.argmax(axis=1)
    labels[:50] = logits[:50].argmin(axis=1)
    assert fit_temperature(logits, labels) is None  # would lie far above 20
    assert np.isfinite(probabilities(logits, multi_label=True)).all()
    logits[3, 2] = np.nan
    with pytest.raises(
        DataError, match=r"^a temperature cannot be fitted: some logits are no finite numbers$"
    ):
        fit_temperature(logits, labels)
    with pytest.raises(
        DataError, match=r"^a temperature needs as many logits as labels, one at least: 0, 0$"
    ):
        fit_temperature(logits[:0], labels[:0])
