"""Sets that are known by name: what they are, where they lie, how they are fetched or drawn."""
