"""What tests of the store share: pictures, projects, trained iterations."""

import io

import numpy as np
from PIL import Image

from fudemoji.server.store import images, iterations, projects, tags


def picture(seed=0, *, size=(28, 28), kind="PNG", **how) -> bytes:
    """The file of a picture of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0]), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **how)
    return file.getvalue()


def entries(num, *, tag_ids=(), start=0):
    """So many pictures to be added."""
    return [
        images.Entry(picture(start + number), f"{start + number}.png", tuple(tag_ids))
        for number in range(num)
    ]


def new_project(store, name="a", *, kind="multiclass", tag_names=()):
    """A project and its tags."""
    with store.session() as session:
        project = projects.create(session, name=name, domain_id="general", kind=kind)
        return project, [tags.create(session, project, name=one) for one in tag_names]


def trained(session, project, *, tag_ids=()):
    """An iteration that was completed."""
    iteration = iterations.create(session, project, recipe="quick")
    iterations.mark(session, iteration, "training")
    return iterations.mark(session, iteration, "completed", tag_ids=tag_ids)
