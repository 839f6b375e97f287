"""Networks by name; images (B, C, H, W) or clips (B, C, T, H, W) of floats in, logits (B, K) out."""

from fudemoji.models.zoo import CLIP_MODELS, MODELS, build_model, check_model, num_parameters

__all__ = ["CLIP_MODELS", "MODELS", "build_model", "check_model", "num_parameters"]
