mock_provider "google" {}

variables {
  project         = "quake-project"
  project_number  = "123456789"
  name            = "quake-prod"
  engine          = "worker_pool"
  email           = "on-call@example.org"
  topics          = { events = "quake-prod-events" }
  subscriptions   = { engine = "quake-prod-engine" }
  dead_letters    = { events = "quake-prod-events.dead", alerts = "quake-prod-alerts.dead" }
  hosts           = { api = "quake.example.org" }
  silence_minutes = 60
  billing_account = "012345-6789AB-CDEF01"
  monthly_budget  = 400
}

run "what_the_issue_names_is_watched" {
  command = plan
  module {
    source = "./modules/observability"
  }

  assert {
    condition = length(setsubtract(
      ["oldest-unacked", "dead-letters", "no-events", "latency", "server-errors", "information-gain", "reliability", "interval-coverage", "drift-share", "model-age"],
      keys(google_monitoring_alert_policy.this),
    )) == 0
    error_message = "a policy is missing"
  }
  assert {
    condition     = alltrue([for policy in google_monitoring_alert_policy.this : strcontains(policy.documentation[0].content, "docs/runbooks.md")])
    error_message = "a policy does not say what to do"
  }
  assert {
    condition     = google_monitoring_alert_policy.this["no-events"].conditions[0].condition_absent[0].duration == "3600s"
    error_message = "silence_minutes is not what no-events waits for"
  }
  assert {
    condition     = strcontains(google_monitoring_alert_policy.this["dead-letters"].conditions[0].condition_threshold[0].filter, "one_of(\"quake-prod-alerts.dead\",\"quake-prod-events.dead\")")
    error_message = "the dead letters of a topic are not watched"
  }
  assert {
    condition     = strcontains(google_monitoring_alert_policy.this["server-errors"].conditions[0].condition_threshold[0].filter, "resource.labels.service_name=one_of(\"quake-prod-api\",\"quake-prod-gateway\")")
    error_message = "another environment's errors are taken for ours"
  }
}

run "log_metrics_come_from_the_table" {
  command = plan
  module {
    source = "./modules/observability"
  }

  assert {
    condition     = toset(keys(google_logging_metric.this)) == toset([for name, metric in jsondecode(file("./modules/observability/metrics.json")) : name if metric.event != ""])
    error_message = "log metrics and the table of quake/monitoring.py differ"
  }
  assert {
    condition     = strcontains(google_logging_metric.this["information_gain"].filter, "jsonPayload.metric=\"information_gain\"") && google_logging_metric.this["information_gain"].value_extractor == "EXTRACT(jsonPayload.value)"
    error_message = "the figure is not read off its log line"
  }
}

run "budget_and_uptime" {
  command = plan
  module {
    source = "./modules/observability"
  }

  assert {
    condition     = google_billing_budget.this[0].amount[0].specified_amount[0].units == "400" && google_monitoring_uptime_check_config.this["api"].http_check[0].path == "/health/live"
    error_message = "budget or uptime check is not as asked"
  }
}

run "no_budget_without_account" {
  command = plan
  module {
    source = "./modules/observability"
  }
  variables {
    billing_account = ""
    hosts           = {}
  }

  assert {
    condition     = length(google_billing_budget.this) == 0 && length(google_monitoring_uptime_check_config.this) == 0 && !contains(keys(google_monitoring_alert_policy.this), "unreachable")
    error_message = "something is watched that is not there"
  }
}
