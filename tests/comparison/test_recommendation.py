import pytest

from comparison_cases import pair, variant
from fudemoji.comparison.recommendation import is_beyond_noise, recommend, rules, warnings_of
from fudemoji.metrics.spread import Spread
from fudemoji.report.compared.records import Pair, Recommendation

SCORE = "test accuracy"


def chosen(variants, pairs, **how):
    return recommend(variants, pairs, score=SCORE, **how)


def told(variants, **how):
    found = recommend(variants, how.pop("pairs", []), score=SCORE)
    return " ".join(warnings_of(variants, found, score=SCORE, chosen=[v for v in variants if v.is_chosen]))


def test_the_more_accurate_wins_where_the_difference_is_beyond_noise():
    found = chosen([variant("a", 0.92, seconds=99), variant("b", 0.90)], [pair("a", "b")])
    assert found.choice == "a"
    assert found.near == ("a",)
    assert found.sentences == (
        "With 92.00 % test accuracy it is ahead by 2.00 points, more than noise explains.",
    )


def test_the_cheaper_wins_where_the_difference_is_within_noise():
    within = pair("a", "b", p=0.3, low=-0.01, high=0.03)
    found = chosen(
        [variant("a", 0.91, seconds=40, parameters=5000), variant("b", 0.90, seconds=10)], [within]
    )
    assert found.choice == "b"
    assert set(found.near) == {"a", "b"}
    assert found.sentences[0] == "90.00 % test accuracy: it cannot be told from a, and costs less."
    assert found.sentences[1].replace("\u00a0", " ") == (
        "a is ahead by 1.00 points, which may be chance: -1.00 to 3.00 points, p 0.3. b trains in 10.0 s and has "
        "1,000 parameters, a in 40.0 s and 5,000."
    )


def test_the_interval_is_told_from_the_more_accurate_ones_side():
    within = pair("b", "a", p=0.3, low=-0.03, high=0.01)
    found = chosen([variant("a", 0.91, seconds=40), variant("b", 0.90, seconds=10)], [within])
    assert "-1.00 to 3.00 points" in found.sentences[1]


def test_a_difference_under_the_margin_does_not_count_however_certain_it_is():
    variants = [variant("a", 0.901, seconds=40), variant("b", 0.90, seconds=10)]
    sure = pair("a", "b", low=0.0005, high=0.0015)
    found = chosen(variants, [sure])
    assert found.choice == "b"
    assert "a is ahead by 0.10 points, less than the 0.2 that count" in found.sentences[1]
    assert chosen(variants, [sure], margin=0.001).choice == "a"


@pytest.mark.parametrize("changes", [{"p": 0.06}, {"low": -0.001}, {"adjusted_p": 0.2}])
def test_test_and_interval_must_both_say_so(changes):
    spread = [variant("a", 0.92).figures[SCORE], variant("b", 0.90).figures[SCORE]]
    assert is_beyond_noise(pair("a", "b"), *spread, margin=0.002)
    assert not is_beyond_noise(pair("a", "b", **changes), *spread, margin=0.002)


def test_of_about_equally_long_trainings_the_smaller_wins_and_of_equally_large_the_more_accurate():
    within = pair("a", "b", p=0.3, low=-0.01, high=0.03)
    long = variant("a", 0.91, seconds=10.9, parameters=999)
    assert chosen([long, variant("b", 0.90, seconds=10)], [within]).choice == "a"
    found = chosen([variant("a", 0.91, seconds=10.9), variant("b", 0.90, seconds=10)], [within])
    assert found.choice == "a"
    assert found.sentences == (
        "91.00 % test accuracy, which b cannot be told from; none of them is cheaper.",
    )


def test_one_model_under_one_budget_takes_equally_long_whatever_the_clock_says():
    within = pair("a", "b", p=0.3, low=-0.01, high=0.03)
    assert (
        chosen(
            [variant("a", 0.91, seconds=40, model="x"), variant("b", 0.90, seconds=10, model="x")], [within]
        ).choice
        == "a"
    )


def test_the_most_accurate_and_cheapest_says_so():
    found = chosen([variant("a", 0.91, seconds=5), variant("b", 0.90)], [pair("a", "b", p=0.3, low=-0.01)])
    assert found.sentences == ("91.00 % test accuracy, which b cannot be told from; it is the cheapest.",)


def test_times_of_different_machines_are_not_compared():
    within = pair("a", "b", p=0.3, low=-0.01, high=0.03)
    variants = [variant("a", 0.91, seconds=40), variant("b", 0.90, parameters=2000, machine="another")]
    assert chosen(variants, [within]).choice == "a"
    assert "Trained on different machines (another; one): times are not compared." in told(
        variants, pairs=[within]
    )


def test_what_failed_or_stayed_at_chance_is_out_and_told_of():
    failed = variant(
        "b", runs=(), figures={}, costs={}, failures=("seed 0: loss is nan at step 9",), is_chosen=False
    )
    lost = variant("c", 0.1, at_chance=3, is_chosen=False)
    variants = [variant("a", 0.8), failed, lost]
    found = chosen(variants, [pair("a", "c")])
    assert found.choice == "a"
    assert found.sentences == ("80.00 % test accuracy: it is the only one that can be.",)
    warnings = told(variants)
    assert "b failed: seed 0: loss is nan at step 9." in warnings
    assert "c stayed at chance in 3 of 3 seeds: it reads no better than guessing." in warnings


def test_nothing_is_recommended_where_nothing_learnt():
    found = chosen([variant("a", 0.1, at_chance=3)], [])
    assert found == Recommendation(None, ("Nothing can be recommended: none of them learnt anything.",))


def test_nothing_is_recommended_without_the_figure_that_decides():
    found = chosen([variant("a", figures={}), variant("b", figures={})], [])
    assert found == Recommendation(
        None, ("Nothing can be recommended: there is no test accuracy to choose by.",)
    )


def test_nothing_is_recommended_on_different_images():
    refused = Pair("a", "b", "test", refusal="they were measured on different images: x", same_images=False)
    found = chosen([variant("a"), variant("b")], [refused])
    assert found.choice is None
    assert found.sentences == ("Nothing can be recommended: they were measured on different images: x.",)


def test_without_a_paired_test_the_spread_over_seeds_decides():
    untested = Pair("a", "b", "test", refusal="several labels")
    one, other = variant("a", 0.92), variant("b", 0.90, seconds=1)
    assert chosen([one, other], [untested]).choice == "a"
    wide = variant("b", seconds=1, figures={SCORE: Spread.of([0.86, 0.90, 0.94])})
    assert chosen([one, wide], [untested]).choice == "b"
    single = [variant("a", 0.92, seeds=1, seconds=99), variant("b", 0.90, seeds=1)]
    assert chosen(single, [untested]).choice == "a"


def test_the_recommendation_is_for_the_best_of_many_by_pairs_with_it_alone():
    variants = [
        variant("a", 0.93, seconds=90),
        variant("b", 0.92, seconds=50),
        variant("c", 0.90, seconds=10),
    ]
    pairs = [pair("a", "b", p=0.5, low=-0.01), pair("a", "c"), pair("b", "c", p=0.5, low=-0.01)]
    found = chosen(variants, pairs)
    assert (found.choice, found.near) == ("b", ("a", "b"))


def test_one_seed_is_warned_of():
    assert told([variant("a", seeds=1)]).startswith("One seed: how much a figure changes")
    assert "One seed" not in told([variant("a", seeds=2)])


def test_rankings_that_disagree_are_warned_of():
    variants = [variant("a", 0.92, valid=0.90), variant("b", 0.90, valid=0.93)]
    assert told(variants, pairs=[pair("a", "b")]) == (
        "Validation and test disagree: b is first on the validation images, a on the test images."
    )


def test_budgets_that_differ_are_told_of_but_not_a_last_batch():
    variants = [variant("a"), variant("b", total_steps=400)]
    within = [pair("a", "b", p=1.0)]
    assert "The budgets differ: a saw 1,600 images in training, b 6,400." in told(variants, pairs=within)
    assert told([variant("a"), variant("b", total_steps=104)], pairs=within) == ""


def test_the_rules_name_the_margin():
    assert "it is 0.5 points or more" in " ".join(rules(0.005))
    assert len(rules()) == 7
