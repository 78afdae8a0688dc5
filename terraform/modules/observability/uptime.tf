locals {
  paths = { api = "/health/live", dashboard = "/_stcore/health" }
}

resource "google_monitoring_uptime_check_config" "this" {
  for_each = var.hosts

  project      = var.project
  display_name = "${var.name} ${each.key}"
  period       = "300s"
  timeout      = "10s"

  http_check {
    path         = local.paths[each.key]
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }

  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project, host = each.value }
  }
}
