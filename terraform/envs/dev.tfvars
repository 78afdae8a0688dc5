# Cheap and open to experiments: one worker, scale to zero, nothing protected.
project_id    = "my-quake-dev"
environment   = "dev"
stream_engine = "worker_pool"
dashboard     = "cloud_run"
alert_email   = "quake-dev@example.org"

# The map is for people: it, and what it asks, answer without Google credentials.
public         = ["api", "gateway", "dashboard"]
monthly_budget = 120
