"""Rows of the store as this API answers them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from fudemoji.server.customvision import answers, platforms, words
from fudemoji.server.customvision.links import Linker
from fudemoji.server.store.suggestions import Suggested
from fudemoji.server.store.tables import (
    Export,
    Image,
    ImageTag,
    Iteration,
    Prediction,
    Probs,
    Project,
    Publication,
    Tag,
)
from fudemoji.server.trainings.performance import ImagePerformance, Performance

__all__ = [
    "export",
    "image",
    "image_performance",
    "image_tags",
    "iteration",
    "performance",
    "predictions",
    "project",
    "stored_prediction",
    "stored_suggestion",
    "tag",
]


def project(row: Project, *, tags: Iterable[Tag], first: Image | None, links: Linker) -> answers.Project:
    """A project, with the thumbnail of its first image."""
    return answers.Project(
        id=row.id,
        name=row.name,
        description=row.description,
        settings=answers.ProjectSettings(
            domain_id=row.domain_id,
            classification_type=words.CLASSIFICATIONS[row.kind],
            target_export_platforms=row.export_platforms,
            use_negative_set=any(tag.kind == "negative" for tag in tags),
        ),
        created=row.created,
        last_modified=row.last_modified,
        thumbnail_uri=links.to(row.id, f"images/{first.id}/thumbnail") if first else None,
    )


def tag(row: Tag, *, num_images: int) -> answers.Tag:
    """A tag."""
    return answers.Tag(
        id=row.id,
        name=row.name,
        description=row.description,
        type=words.TAG_TYPES[row.kind],
        image_count=num_images,
    )


def image(row: Image, *, links: Linker) -> answers.Image:
    """An image, with its tags."""
    return answers.Image(
        id=row.id,
        created=row.created,
        width=row.width,
        height=row.height,
        resized_image_uri=links.to(row.project_id, f"images/{row.id}/resized"),
        thumbnail_uri=links.to(row.project_id, f"images/{row.id}/thumbnail"),
        original_image_uri=links.to(row.project_id, f"images/{row.id}/original"),
        tags=image_tags(row.tags),
        metadata={name: str(value) for name, value in row.about.items()},
    )


def image_tags(rows: Iterable[ImageTag]) -> list[answers.ImageTag]:
    """The tags of an image."""
    return [answers.ImageTag(tag_id=row.tag_id, tag_name=row.tag.name, created=row.created) for row in rows]


def iteration(row: Iteration, *, publication: Publication | None) -> answers.Iteration:
    """A training, with the name under which it is published."""
    is_done = row.status == "completed"
    return answers.Iteration(
        id=row.id,
        name=row.name,
        status=words.STATUSES[row.status],
        created=row.created,
        last_modified=row.last_modified,
        trained_at=row.trained_at,
        project_id=row.project_id,
        exportable=is_done,
        exportable_to=list(platforms.OFFERED) if is_done else [],
        domain_id=row.domain_id,
        classification_type=words.CLASSIFICATIONS[row.kind],
        training_type=row.training_type,
        reserved_budget_in_hours=row.budget_hours,
        training_time_in_minutes=math.ceil(row.seconds / 60),
        publish_name=publication.name if publication else None,
        original_publish_resource_id=publication.resource if publication else None,
        training_error_details=row.note or None if row.status in ("failed", "cancelled") else None,
    )


def performance(row: Performance, *, tags: Iterable[Tag]) -> answers.IterationPerformance:
    """How well an iteration finds its tags."""
    names = {tag.id: tag.name for tag in tags}
    return answers.IterationPerformance(
        per_tag_performance=[
            answers.TagPerformance(
                id=one.tag_id,
                name=names[one.tag_id],
                precision=one.precision.value,
                precision_std_deviation=one.precision.deviation,
                recall=one.recall.value,
                recall_std_deviation=one.recall.deviation,
                average_precision=one.average_precision,
            )
            for one in row.tags
        ],
        precision=row.precision.value,
        precision_std_deviation=row.precision.deviation,
        recall=row.recall.value,
        recall_std_deviation=row.recall.deviation,
        average_precision=row.average_precision,
    )


def image_performance(
    row: ImagePerformance, *, tags: Mapping[str, Tag], links: Linker
) -> answers.ImagePerformance:
    """An image that was held out, with what it was taken for."""
    found, project_id = row.image, row.image.project_id
    return answers.ImagePerformance(
        id=found.id,
        created=found.created,
        width=found.width,
        height=found.height,
        image_uri=links.to(project_id, f"images/{found.id}/original"),
        thumbnail_uri=links.to(project_id, f"images/{found.id}/thumbnail"),
        tags=image_tags(found.tags),
        predictions=predictions(row.probs, tags),
    )


def predictions(probs: Probs, tags: Mapping[str, Tag]) -> list[answers.Prediction]:
    """Probabilities of tags, by the tags' ids."""
    return [
        answers.Prediction(
            probability=probability,
            tag_id=tag_id,
            tag_name=tags[tag_id].name,
            tag_type=words.TAG_TYPES[tags[tag_id].kind],
        )
        for tag_id, probability in probs
        if tag_id in tags
    ]


def stored_prediction(
    row: Prediction, *, tags: Mapping[str, Tag], domain_id: str, links: Linker
) -> answers.StoredImagePrediction:
    """A prediction that was kept."""
    return answers.StoredImagePrediction(
        id=row.id,
        project=row.project_id,
        iteration=row.iteration_id,
        created=row.created,
        predictions=predictions(row.probs, tags),
        resized_image_uri=links.to(row.project_id, f"predictions/{row.id}/resized"),
        thumbnail_uri=links.to(row.project_id, f"predictions/{row.id}/thumbnail"),
        original_image_uri=links.to(row.project_id, f"predictions/{row.id}/original"),
        domain=domain_id,
    )


def stored_suggestion(
    row: Suggested, iteration: Iteration, *, tags: Mapping[str, Tag], links: Linker
) -> answers.StoredSuggestion:
    """What an iteration took an untagged image for."""
    found, project_id = row.image, row.image.project_id
    return answers.StoredSuggestion(
        id=found.id,
        project=project_id,
        iteration=iteration.id,
        created=row.suggestion.created,
        predictions=predictions(row.suggestion.probs, tags),
        prediction_uncertainty=row.suggestion.uncertainty,
        width=found.width,
        height=found.height,
        resized_image_uri=links.to(project_id, f"images/{found.id}/resized"),
        thumbnail_uri=links.to(project_id, f"images/{found.id}/thumbnail"),
        original_image_uri=links.to(project_id, f"images/{found.id}/original"),
        domain=iteration.domain_id,
    )


def export(row: Export, *, project_id: str, links: Linker) -> answers.Export:
    """A packed model, with a link to it once it is done."""
    uri = links.to(project_id, f"exports/{row.id}") if row.status == "done" else None
    return answers.Export(
        platform=row.platform,
        status=words.EXPORT_STATUSES[row.status],
        download_uri=uri,
        flavor=row.flavor or None,
    )
