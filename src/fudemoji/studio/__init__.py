"""The studio: web pages over a server's store and jobs, for people who do not write code."""
