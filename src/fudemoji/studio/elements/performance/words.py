"""What the figures in the browser say; names in braces are filled in there."""

from __future__ import annotations

from fudemoji.studio.words import Words

__all__ = ["told"]


def told(say: Words) -> dict[str, str]:
    """The words of an iteration's performance, by the keys that the browser knows."""
    return {**_choosing(say), **_figures(say), **_pictures(say), **_comparing(say)}


def _choosing(say: Words) -> dict[str, str]:
    return {
        "iteration": say("Iteration"),
        "compareWith": say("Compare with"),
        "nothing": say("nothing"),
        "deleted": say("deleted"),
        "isDeleted": say("This iteration has been deleted meanwhile; choose another one."),
        "heldOut": say(
            "Measured on {count} images that were held out of the training; it chose its best epoch by them."
        ),
        "reading": say("Reading what it answered …"),
        "unreachable": say("The studio does not answer. It may be starting again."),
        "again": say("Try again"),
        "threshold": say("Probability threshold"),
    }


def _figures(say: Words) -> dict[str, str]:
    return {
        "precision": say("Precision"),
        "recall": say("Recall"),
        "averagePrecision": say("Average precision"),
        "precisionOf": say("{hits} of {count} given tags are right"),
        "recallOf": say("{hits} of {count} tags are found"),
        "anyThreshold": say("over all thresholds"),
        "before": say("beside {value}:"),
        "points": say("{change} pts"),
        "curve": say("All thresholds"),
        "dashed": say("dashed: the compared iteration"),
        "calibration": say("Calibration"),
        "calibrationOne": say(
            "What is stated and what comes true differ by {error} on average. Above the line the model is too modest."
        ),
        "calibrationSeveral": say(
            "Of tags stated with 1% or more, what is stated and what comes true differ by {error} on average. Above "
            "the line the model is too modest."
        ),
        "bin": say("Stated {from} to {to}: {count} answers, {right} right"),
        "stated": say("Stated probability"),
        "tags": say("Each tag"),
        "name": say("Tag"),
        "images": say("Images"),
        "findTag": say("Find a tag"),
        "allTags": say("Show all {count} tags"),
        "deletedTag": say("(deleted tag)"),
        "right": say("Right"),
        "missed": say("Missed"),
        "wrong": say("Wrongly given"),
        "rightOf": say("{tag}: rightly given"),
        "missedOf": say("{tag}: missed"),
        "wrongOf": say("{tag}: wrongly given"),
        "confusion": say("What is taken for what"),
        "confusionOne": say(
            "Rows are what images are, columns what they are given. A cell opens its images."
        ),
        "confusionSeveral": say(
            "Rows are tags that images have, columns what they are given instead. A cell opens its images."
        ),
        "confusionMost": say("Shown are the {count} tags with the most mistakes."),
        "heatHint": say("Point at a cell, or move with the arrow keys; Enter opens its images."),
        "readAs": say("{truth}, rightly given"),
        "takenFor": say("{truth} taken for {given}"),
        "missedAll": say("{truth}, given no tag"),
        "givenToo": say("{given}, given to images without a missed tag"),
        "pairs": say("Most often confused"),
        "noMistake": say("No tag is taken for another at this threshold."),
    }


def _pictures(say: Words) -> dict[str, str]:
    return {
        "none": say("none"),
        "gone": say("deleted image"),
        "worst": say("Worst images"),
        "worstOne": say("The images whose own tag got the least probability. Some may have a wrong tag."),
        "worstSeveral": say(
            "The images with the most wrong probability of a tag. Some may have a wrong tag."
        ),
        "more": say("Show more ({count})"),
        "imagesOf": say("Images: {count}"),
        "amongImages": say("Show those tagged so now on the page Images"),
        "truth": say("tagged so when it was trained"),
        "nowTagged": say("It still has these tags:"),
        "changed": say("Tagged differently since; this counts from the next training on:"),
        "take": say("Take away {tag}"),
        "instead": say("Another tag instead"),
        "give": say("One more tag"),
        "line": say("The line is the threshold."),
        "back": say("All of these"),
        "previous": say("Previous"),
        "next": say("Next"),
        "close": say("Close"),
    }


def _comparing(say: Words) -> dict[str, str]:
    return {
        "comparison": say("{name} beside {other}"),
        "nothingCommon": say(
            "No image was held out of both trainings, so that they cannot be compared image by image."
        ),
        "common": say(
            "Of {count} images held out of both trainings, {one} are wholly right with {name}, {other} with "
            "{otherName}."
        ),
        "onlyRight": say("Only {name} is right"),
        "unlikely": say("Such a difference is unlikely to be chance (exact McNemar test, p {p})."),
        "chance": say("Such a difference may well be chance (exact McNemar test, p {p})."),
        "iterations": say("All iterations"),
        "trained": say("Trained"),
        "measured": say("Measured on"),
        "choose": say("Choose"),
        "unmeasured": say("nothing was held out of its training"),
        "shown": say("shown"),
        "compared": say("compared"),
        "show": say("Show"),
        "compare": say("Compare"),
    }
