"""What is odd about a set: the quick part before a training, and the whole with its findings."""
