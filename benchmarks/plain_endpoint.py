"""A model behind FastAPI the way a tutorial does it: one image a request, decoded and computed in the route.

Started by serve_load.py: `RUN=runs/NAME uvicorn plain_endpoint:app`. The model is fudemoji's, in fp32, with the pixels
scaled as it wants them; all else is what FastAPI, Pillow and PyTorch offer.
"""

import io
import os

import numpy as np
import torch
from fastapi import FastAPI, Request, UploadFile
from PIL import Image

from fudemoji.models import build_model
from fudemoji.predictor.trained import load_trained

trained = load_trained(os.environ["RUN"], device="cpu")
sheet = trained.sheet
model = build_model(trained.settings.model.name, in_channels=sheet["channels"], num_classes=sheet["num_classes"],
                    image_size=tuple(sheet["image_size"]))  # fmt: skip
model.load_state_dict(trained.model.state_dict())
model.eval()
torch.set_num_threads(int(os.environ.get("THREADS", "1")))
app = FastAPI()


def classify(content: bytes) -> dict:
    """The likeliest class of an image file."""
    image = Image.open(io.BytesIO(content)).convert("L")
    pixels = torch.from_numpy(np.array(image, dtype=np.float32))
    x_BCHW = ((pixels - sheet["mean"][0]) / sheet["std"][0])[None, None]
    with torch.inference_mode():
        probs_K = model(x_BCHW).softmax(dim=1)[0]
    prob, place = probs_K.max(dim=0)
    return {"id": sheet["classes"][int(place)]["id"], "prob": float(prob)}


@app.post("/multipart")
async def multipart(file: UploadFile) -> dict:
    """As tutorials send images."""
    return classify(await file.read())


@app.post("/raw")
async def raw(request: Request) -> dict:
    """The bytes of the file, without a form around them."""
    return classify(await request.body())
