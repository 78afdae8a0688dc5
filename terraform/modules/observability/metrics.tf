# metrics.json is the table of quake/monitoring.py, written by `python -m quake.adapters.gcp_schema`.

locals {
  metrics = jsondecode(file("${path.module}/metrics.json"))
  logged  = { for name, metric in local.metrics : name => metric if metric.event != "" }

  # The address that policies and charts use: a name that is not in the table fails the plan.
  types = {
    for name, metric in local.metrics : name => metric.google != "" ? metric.google : "logging.googleapis.com/user/${var.name}/${name}"
  }
}

resource "google_logging_metric" "this" {
  for_each = local.logged

  project     = var.project
  name        = "${var.name}/${each.key}"
  description = each.value.meaning
  filter = join(" AND ", concat(
    ["jsonPayload.event=\"${each.value.event}\""],
    each.value.event == "measured" ? ["jsonPayload.metric=\"${each.key}\""] : [],
    ["(resource.labels.service_name:\"${var.name}-\" OR resource.labels.job_name:\"${var.name}-\" OR resource.labels.worker_pool_name:\"${var.name}-\")"],
  ))
  value_extractor = each.value.field == "" ? null : "EXTRACT(jsonPayload.${each.value.field})"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = each.value.field == "" ? "INT64" : "DISTRIBUTION"
    unit        = each.value.unit
  }
}
