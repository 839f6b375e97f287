"""How good predictions are: arithmetic on arrays, without torch, for one label an image and for several."""
