"""The project server: projects, images, trainings, iterations and keys, over two APIs."""
