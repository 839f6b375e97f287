"""Networks by name; images (B, C, H, W) of floats in, logits (B, K) out."""

from fudemoji.models.zoo import MODELS, build_model, num_parameters

__all__ = ["MODELS", "build_model", "num_parameters"]
