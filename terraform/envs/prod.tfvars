# Protected against deletion, scales, one name for API and stream.
project_id    = "my-quake-prod"
environment   = "prod"
stream_engine = "dataflow"
dashboard     = "app_engine"
alert_email   = "quake-on-call@example.org"
domain        = "quake.example.org"

public                = ["api", "gateway", "dashboard"]
enable_prefect_server = true
create_app_engine     = true
monthly_budget        = 400
silence_minutes       = 60
repository            = "example/quakestream"
