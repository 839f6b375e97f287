"""Projects of tiny signs in a store, trained within seconds, and how to wait for it."""

import io
import time

import numpy as np
from PIL import Image as Picture

from builders import glyphs, labelled_glyphs
from fudemoji.server.store.tables import Image, ImageTag, Iteration, Project, Tag
from fudemoji.server.trainings import Rules
from fudemoji.server.trainings.domains import GENERAL

TINY = Rules(
    recipe="quick",
    values={
        "model": "mlp", "lr": 0.01, "epochs": 2, "batch_size": 16, "precision": "fp32", "ema": 0, "test_shifts": 0,
        "device": "cpu",
    },
)  # fmt: skip
LONG = Rules(recipe="quick", values={**TINY.values, "epochs": 100_000})


def png(pixels_HW):
    file = io.BytesIO()
    Picture.fromarray(pixels_HW).save(file, "PNG")
    return file.getvalue()


def add_project(session, name="signs", *, kind="multiclass"):
    session.add(project := Project(name=name, kind=kind, domain_id=GENERAL.id))
    session.flush()
    return project


def add_tags(session, project, *names, kind="regular"):
    tags = [Tag(project_id=project.id, name=name, kind=kind) for name in names]
    session.add_all(tags)
    session.flush()
    return tags


def add_image(session, store, project, content, tags, *, size=(12, 12)):
    image = Image(
        project_id=project.id, sha256=store.blobs.put(content), format="PNG", width=size[0], height=size[1]
    )
    session.add(image)
    session.flush()
    session.add_all([ImageTag(image_id=image.id, tag_id=tag.id) for tag in tags])
    session.flush()
    return image


def add_glyphs(session, store, project, *, num=40, names=("bar", "post", "box", "cross")):
    """So many images of four signs, each with its tag."""
    tags = add_tags(session, project, *names)
    data = glyphs(num, 0)
    for image_CHW, label in zip(data.images, data.labels, strict=True):
        add_image(session, store, project, png(image_CHW[0]), [tags[label]])
    return tags


def add_labelled_glyphs(session, store, project, *, num=60):
    """Images with any of three tags; those with none have the negative tag."""
    tags, (negative,) = (
        add_tags(session, project, "bar", "post", "box"),
        add_tags(session, project, "nothing", kind="negative"),
    )
    data = labelled_glyphs(num, 1)
    for image_CHW, labels_K in list(zip(data.images, data.labels, strict=True))[:num]:
        chosen = [tags[place] for place in np.flatnonzero(labels_K)] or [negative]
        add_image(session, store, project, png(image_CHW[0]), chosen)
    return [*tags, negative]


def reread(store, iteration):
    with store.session(reads_only=True) as session:
        return session.get(Iteration, iteration.id)


def wait_for(condition, *, seconds=120.0):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)
    return found


def wait_until_over(store, iteration):
    return wait_for(
        lambda: (now := reread(store, iteration)) and now.status not in ("queued", "training") and now
    )
