"""A model process for tests: speaks the frames, needs no torch, and does what the image says.

`probs 0.1 0.9` is answered with these probabilities, `kill` ends the process, `hang` stops it, `raise` fails the batch,
`broken` and the other kinds refuse the image; `slow` and whatever else takes a tenth of a second. A run called
`missing` cannot be loaded. Every batch is noted in the file named by $BATCHES.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np

from fudemoji.wire import Frame, pack, receive

KINDS = ("broken", "truncated", "empty", "huge")


def answer(frame: Frame) -> tuple[dict, list[bytes]]:
    asked = frame.header
    if "missing" in asked.get("run", ""):
        return {"error": {"kind": "run", "message": f"no run folder {asked['run']}"}}, []
    if asked["do"] == "features":
        return features(frame.blobs)
    if asked["do"] != "predict":
        return {"ok": True}, [frame.blobs[0][::-1]] if frame.blobs else []
    with Path(os.environ["BATCHES"]).open("a") as file:
        print(asked["run"], asked["shifts"], *(blob.decode() for blob in frame.blobs), sep="|", file=file)
    told, rows = [], []
    for blob in frame.blobs:
        word, *rest = blob.decode().split()
        if word == "kill":
            os._exit(9)
        if word == "hang":
            time.sleep(600)
        if word == "raise":
            return {"error": {"kind": "crash", "message": "of a secret"}}, []
        if word in KINDS:
            told.append({"error": {"kind": word, "message": "of a secret"}})
            continue
        if word != "probs":
            time.sleep(0.1)
        told.append({"inverted": "inverted" in rest})
        rows.append([float(prob) for prob in rest if prob != "inverted"] or [0.25, 0.75])
    probs = np.array(rows, dtype=np.float32)
    return {"images": told, "num_classes": probs.shape[1] if rows else 2}, [probs.tobytes()]


def features(blobs):
    """Two features of each image, its length and 1; words harm as in a prediction."""
    words, told, rows = [blob.decode() for blob in blobs], [], []
    if "kill" in words:
        os._exit(9)
    if "hang" in words:
        time.sleep(600)
    if "raise" in words:
        return {"error": {"kind": "crash", "message": "of a secret"}}, []
    for word in words:
        told.append({"error": {"kind": word, "message": "of a secret"}} if word in KINDS else {})
        rows += [] if word in KINDS else [[len(word), 1]]
    return {"images": told, "size": 2 if rows else 0}, [np.array(rows, dtype=np.float32).tobytes()]


def main() -> None:
    if Path(os.environ["BATCHES"] + ".refuse").exists():
        sys.exit(3)
    while (frame := receive(sys.stdin.buffer)) is not None:
        told, blobs = answer(frame)
        sys.stdout.buffer.write(pack({"id": frame.header["id"], **told}, blobs))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
