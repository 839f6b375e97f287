"""Starts processes that change a store, kills each of them, and prints what they had acknowledged.

python killing.py FOLDER PROJECT TAG KILLS
"""

import os
import random
import signal
import sys
import time

from fudemoji.server.store import Store, images, projects
from stores import entries


def main(folder: str, project_id: str, tag_id: str, kills: int) -> None:
    """Each process is killed within a quarter of a second after its first word."""
    draw = random.Random(0)
    for kill in range(kills):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.dup2(writing, sys.stdout.fileno())
            change(folder, project_id, tag_id, start=kill * 10_000)
        os.close(writing)
        with os.fdopen(reading) as told:
            first = told.readline()
            time.sleep(draw.random() / 4)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            print(first + told.read(), end="", flush=True)


def change(folder: str, project_id: str, tag_id: str, *, start: int) -> None:
    """Add images, tag them, delete one, say so, and so on for ever."""
    store = Store.open(folder)
    while True:
        ids = [one.image.id for one in images.upload(store, project_id, entries(3, start=start))]
        print("images", *ids, flush=True)
        with store.session() as session:
            images.tag(session, projects.find(session, project_id), [(one, tag_id) for one in ids])
        print("tags", *ids, flush=True)
        with store.session() as session:
            images.delete(session, projects.find(session, project_id), ids[:1])
        print("deleted", ids[0], flush=True)
        start += 3


if __name__ == "__main__":
    main(*sys.argv[1:4], int(sys.argv[4]))
