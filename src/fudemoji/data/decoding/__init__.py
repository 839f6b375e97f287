"""Files, bytes and videos as pixels: one picture or clip, and many of them at once."""
