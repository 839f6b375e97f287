"""A run folder turned into one page for a person, and the pictures beside it; nothing here needs torch."""
