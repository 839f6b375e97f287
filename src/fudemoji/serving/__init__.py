"""A model over HTTP, and what both servers share."""
