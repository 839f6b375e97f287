# B images, K classes

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight
from torch.nn import functional

from fudemoji.config import Balance
from fudemoji.engine.losses import (
    binary_cross_entropy,
    chance_level,
    class_weights,
    cross_entropy,
    log_prior,
    loss_of,
    pos_weights,
)

CPU = torch.device("cpu")
COUNTS = np.array([60, 30, 8, 2])


def drawn(*, size=32, num_classes=4, seed=0):
    rng = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(size, num_classes, generator=rng)
    return logits, torch.randint(num_classes, (size,), generator=rng)


def mixed(labels, num_classes=4, *, share=0.7):
    truth = functional.one_hot(labels, num_classes).float()
    return share * truth + (1 - share) * truth.flip(0)


def tags(*, size=32, num_classes=4, seed=1):
    return (torch.rand(size, num_classes, generator=torch.Generator().manual_seed(seed)) < 0.3).float()


def settled(values, *, smoothing=0.0, multi_label=False, counts=COUNTS, num_images=100):
    return loss_of(
        Balance(**values),
        smoothing=smoothing,
        counts_K=counts,
        num_images=num_images,
        multi_label=multi_label,
        device=CPU,
    )


# --- one label an image ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_without_wishes_it_is_torchs_cross_entropy_to_the_bit(smoothing):
    logits, labels = drawn()
    for targets in (labels, mixed(labels)):
        expected = functional.cross_entropy(logits, targets, label_smoothing=smoothing)
        assert torch.equal(settled({}, smoothing=smoothing)(logits, targets), expected)


def test_class_weights_are_those_of_scikit_learn_and_have_mean_1_over_the_images():
    labels = np.repeat(np.arange(4), COUNTS)
    found = class_weights(COUNTS)
    np.testing.assert_allclose(found, compute_class_weight("balanced", classes=np.arange(4), y=labels))
    assert found[labels].mean() == pytest.approx(1)
    assert compute_sample_weight("balanced", labels) == pytest.approx(found[labels])


def test_a_class_without_images_has_no_weight_and_leaves_the_others_as_they_are():
    assert class_weights(np.array([3, 0, 1])).tolist() == pytest.approx([2 / 3, 0, 2])


def test_effective_numbers_are_the_papers_sum_and_lie_between_none_and_balanced():
    by_sums = np.array(
        [sum(0.9**i for i in range(n)) for n in COUNTS]
    )  # (1 - beta^n) / (1 - beta) as a series
    expected = 1 / by_sums
    expected *= COUNTS.sum() / (expected * COUNTS).sum()
    np.testing.assert_allclose(class_weights(COUNTS, beta=0.9), expected)
    np.testing.assert_allclose(class_weights(COUNTS, beta=1e-9), np.ones(4), rtol=1e-6)
    np.testing.assert_allclose(class_weights(COUNTS, beta=1 - 1e-9), class_weights(COUNTS), rtol=1e-4)


def test_weighted_loss_is_torchs_weighted_sum_over_the_number_of_images():
    logits, labels = drawn()
    weights = torch.from_numpy(class_weights(COUNTS)).float()
    expected = functional.cross_entropy(logits, labels, weight=weights, reduction="sum") / len(labels)
    torch.testing.assert_close(settled({"class_weights": "balanced"})(logits, labels), expected)


def test_slices_of_a_weighted_batch_add_up_to_the_batch():
    logits, labels = drawn()
    loss = settled({"class_weights": "effective", "loss": "focal"}, smoothing=0.1)
    parts = [loss(logits[a : a + 8], labels[a : a + 8]) * 8 / 32 for a in range(0, 32, 8)]
    torch.testing.assert_close(sum(parts), loss(logits, labels))


def test_focal_loss_is_the_papers_formula():
    logits, labels = drawn()
    probs = torch.exp(logits) / torch.exp(logits).sum(1, keepdim=True)
    truth = probs[torch.arange(len(labels)), labels]
    expected = (-((1 - truth) ** 1.5) * torch.log(truth)).mean()
    torch.testing.assert_close(settled({"loss": "focal", "focal_gamma": 1.5})(logits, labels), expected)


def test_the_gradient_of_focal_loss_flows_through_its_factor_and_is_finite_at_certainty():
    logits = torch.tensor([[80.0, -80.0], [0.3, 0.1]], dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([0, 1])
    loss = cross_entropy(gamma=0.5)
    loss(logits, labels).backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
    assert torch.autograd.gradcheck(lambda x: loss(x, labels[1:]), (logits[1:].detach().requires_grad_(),))


def test_logit_adjustment_is_the_papers_softmax_in_training():
    logits, labels = drawn()
    prior = torch.from_numpy(COUNTS / COUNTS.sum()).float()
    scaled = torch.exp(logits) * prior**0.5
    expected = -torch.log(scaled / scaled.sum(1, keepdim=True))[torch.arange(len(labels)), labels].mean()
    torch.testing.assert_close(settled({"logit_adjust": 0.5})(logits, labels), expected)


def test_a_class_without_images_does_not_make_the_adjusted_loss_infinite():
    assert log_prior(np.array([9, 0, 1])).tolist() == pytest.approx(np.log([0.9, 0.1, 0.1]).tolist())
    logits, labels = drawn(num_classes=3)
    assert settled({"logit_adjust": 1.0}, smoothing=0.1, counts=np.array([9, 0, 1]))(
        logits, labels
    ).isfinite()


@pytest.mark.parametrize(
    "values",
    [{"class_weights": "balanced"}, {"class_weights": "effective"}, {"loss": "focal"}, {"logit_adjust": 1.0},
     {"loss": "focal", "class_weights": "balanced"}],
)  # fmt: skip
def test_a_mixed_target_that_is_not_mixed_at_all_gives_the_same_loss(values):
    logits, labels = drawn()
    loss = settled(values, smoothing=0.1)
    torch.testing.assert_close(loss(logits, mixed(labels, share=1.0)), loss(logits, labels))


def test_the_weight_of_a_mixed_image_is_that_of_its_labels_in_their_shares():
    logits, labels = drawn()
    weights = torch.from_numpy(class_weights(COUNTS)).float()
    other = labels.flip(0)
    expected = (
        (0.7 * weights[labels] + 0.3 * weights[other])
        * -(
            0.7 * logits.log_softmax(1).gather(1, labels[:, None])[:, 0]
            + 0.3 * logits.log_softmax(1).gather(1, other[:, None])[:, 0]
        )
    ).mean()
    torch.testing.assert_close(settled({"class_weights": "balanced"})(logits, mixed(labels)), expected)


# --- several labels an image -----------------------------------------------------------------------------------


def test_binary_cross_entropy_is_torchs_with_smoothed_targets_and_positive_weights():
    (logits, _), truth = drawn(), tags()
    expected = functional.binary_cross_entropy_with_logits(logits, truth)
    torch.testing.assert_close(settled({}, multi_label=True)(logits, truth), expected)
    soft = torch.where(truth > 0, 0.95, 0.05)
    weights = torch.tensor([40 / 60, 70 / 30, 92 / 8, 98 / 2])
    expected = functional.binary_cross_entropy_with_logits(logits, soft, pos_weight=weights)
    found = settled({"class_weights": "balanced"}, smoothing=0.1, multi_label=True)(logits, truth)
    torch.testing.assert_close(found, expected)


def test_binary_focal_loss_is_the_papers_formula():
    (logits, _), truth = drawn(), tags()
    p = 1 / (1 + torch.exp(-logits))
    p_t = torch.where(truth > 0, p, 1 - p)
    expected = (-((1 - p_t) ** 2) * torch.log(p_t)).mean()
    torch.testing.assert_close(settled({"loss": "focal"}, multi_label=True)(logits, truth), expected)
    torch.testing.assert_close(binary_cross_entropy(gamma=2.0)(logits, truth), expected)


def test_effective_positive_weights_need_both_sides():
    found = pos_weights(np.array([0, 100, 10]), num_images=100, beta=0.9)
    with_it, without_it = sum(0.9**i for i in range(10)), sum(0.9**i for i in range(90))
    assert found.tolist() == pytest.approx([1, 1, without_it / with_it])


# --- what guessing is worth ------------------------------------------------------------------------------------

PLAIN = {"smoothing": 0.0}


@pytest.mark.parametrize(
    ("values", "guess"),
    [
        ({}, log_prior(COUNTS)),
        ({"logit_adjust": 1.0}, np.zeros(4)),
        ({"class_weights": "balanced"}, np.zeros(4)),
        ({"class_weights": "effective", "effective_beta": 0.9}, None),
        ({"loss": "focal", "focal_gamma": 0.5}, log_prior(COUNTS)),
    ],
)
def test_the_chance_level_is_the_loss_of_a_constant_guess_on_the_training_labels(values, guess):
    labels = torch.from_numpy(np.repeat(np.arange(4), COUNTS))
    if guess is None:
        guess = log_prior(COUNTS) + np.log(class_weights(COUNTS, beta=0.9))
    logits = torch.from_numpy(guess).expand(len(labels), 4).float()
    expected = settled(values)(logits, labels).item()
    found = chance_level(Balance(**values), counts_K=COUNTS, num_images=100, multi_label=False)
    assert found == pytest.approx(expected, rel=1e-5)


def test_under_balanced_sampling_the_chance_level_is_that_of_equal_classes():
    balance = Balance(sampling="balanced")
    found = chance_level(balance, counts_K=np.array([90, 9, 1, 0]), num_images=100, multi_label=False)
    assert found == pytest.approx(np.log(3))


def test_the_chance_level_of_several_labels_is_the_mean_entropy_of_each():
    counts = np.array([50, 10, 0])
    found = chance_level(Balance(), counts_K=counts, num_images=100, multi_label=True)
    entropies = [np.log(2), -0.1 * np.log(0.1) - 0.9 * np.log(0.9), 0]
    assert found == pytest.approx(np.mean(entropies))
    guess = torch.tensor([0.0, np.log(0.1 / 0.9)])
    truth = torch.zeros(100, 2)
    truth[:50, 0], truth[:10, 1] = 1, 1
    assert found * 3 / 2 == pytest.approx(
        binary_cross_entropy()(guess.expand(100, 2), truth).item(), rel=1e-5
    )
