"""One verification from beginning to end: what is agreed, preflight, playing, judging, the run's folder."""
