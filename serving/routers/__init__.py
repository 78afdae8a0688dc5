"""One small file of routes a subject."""
