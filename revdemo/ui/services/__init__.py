"""What the page runs on: models, jobs, the queue, the GPU of a Space."""
