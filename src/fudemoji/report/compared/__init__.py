"""Several trainings side by side: their figures as records, and the page that shows them."""
