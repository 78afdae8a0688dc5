"""Work on the whole history: training, scoring, drift. Plain functions under Prefect flows."""
