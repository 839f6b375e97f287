"""The operations, one file a noun; each reads its request, calls the store or the trainings, and shows what came."""
