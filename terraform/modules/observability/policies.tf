# One row a policy. `absent` fires when nothing comes for `duration`; the others compare `threshold`. Times in seconds.

locals {
  pool = var.engine == "dataflow" ? "dataflow_step" : "cloud_run_worker_pool"
  p99  = "ALIGN_PERCENTILE_99"
  p50  = "ALIGN_PERCENTILE_50"

  policies = {
    oldest-unacked    = { metric = "oldest_unacked", resource = "pubsub_subscription", where = { "resource.labels.subscription_id" = [var.subscriptions.engine] }, align = "ALIGN_MAX", compare = "GT", threshold = 120, period = 60, duration = 300 }
    dead-letters      = { metric = "dead_letters", resource = "pubsub_subscription", where = { "resource.labels.subscription_id" = values(var.dead_letters) }, align = "ALIGN_MAX", compare = "GT", threshold = 0, period = 300, duration = 0 }
    refused           = { metric = "messages_refused", resource = local.pool, where = {}, align = "ALIGN_SUM", compare = "GT", threshold = 5, period = 300, duration = 0 }
    feed-failures     = { metric = "feed_failures", resource = "cloud_run_worker_pool", where = {}, align = "ALIGN_SUM", compare = "GT", threshold = 5, period = 600, duration = 0 }
    no-ticks          = { metric = "published", resource = "pubsub_topic", where = { "resource.labels.topic_id" = [var.topics.events] }, align = "ALIGN_RATE", compare = "absent", threshold = 0, period = 60, duration = 300 }
    no-events         = { metric = "rows_committed", resource = local.pool, where = {}, align = "ALIGN_DELTA", compare = "absent", threshold = 0, period = 300, duration = 60 * var.silence_minutes }
    latency           = { metric = "request_latency", resource = "cloud_run_revision", where = { "resource.labels.service_name" = ["${var.name}-api"] }, align = local.p99, compare = "GT", threshold = 1000, period = 300, duration = 600 }
    server-errors     = { metric = "request_count", resource = "cloud_run_revision", where = { "metric.labels.response_code_class" = ["5xx"], "resource.labels.service_name" = ["${var.name}-api", "${var.name}-gateway"] }, align = "ALIGN_RATE", compare = "GT", threshold = 0.05, period = 60, duration = 300 }
    information-gain  = { metric = "information_gain", resource = "cloud_run_job", where = {}, align = local.p50, compare = "LT", threshold = 0, period = 86400, duration = 0 }
    reliability       = { metric = "reliability", resource = "cloud_run_job", where = {}, align = local.p50, compare = "GT", threshold = 0.15, period = 86400, duration = 0 }
    interval-coverage = { metric = "interval_coverage", resource = "cloud_run_job", where = {}, align = local.p50, compare = "LT", threshold = 0.8, period = 86400, duration = 0 }
    drift-share       = { metric = "drift_share", resource = "cloud_run_job", where = {}, align = local.p50, compare = "GT", threshold = 0.5, period = 86400, duration = 0 }
    model-age         = { metric = "model_age", resource = "cloud_run_job", where = {}, align = local.p50, compare = "GT", threshold = 45, period = 86400, duration = 0 }
    unreachable       = { metric = "uptime", resource = "uptime_url", where = { "resource.labels.host" = values(var.hosts) }, align = "ALIGN_FRACTION_TRUE", compare = "LT", threshold = 0.5, period = 300, duration = 300 }
  }
  active = { for key, policy in local.policies : key => policy if key != "unreachable" || length(var.hosts) > 0 }

  filters = {
    for key, policy in local.active : key => join(" AND ", concat(
      ["metric.type=\"${local.types[policy.metric]}\"", "resource.type=\"${policy.resource}\""],
      [for label, values in policy.where : "${label}=one_of(${join(",", [for value in values : "\"${value}\""])})"],
    ))
  }
}

resource "google_monitoring_notification_channel" "email" {
  project      = var.project
  display_name = "${var.name} on call"
  type         = "email"
  labels       = { email_address = var.email }
}

resource "google_monitoring_alert_policy" "this" {
  for_each = local.active

  project               = var.project
  display_name          = "${var.name} ${each.key}"
  combiner              = "OR"
  notification_channels = [google_monitoring_notification_channel.email.id]

  documentation {
    mime_type = "text/markdown"
    content   = "${local.metrics[each.value.metric].meaning}.\n\nWhat to do: docs/runbooks.md, section `${each.key}`."
  }

  conditions {
    display_name = each.key

    dynamic "condition_absent" {
      for_each = each.value.compare == "absent" ? [1] : []
      content {
        filter   = local.filters[each.key]
        duration = "${each.value.duration}s"
        aggregations {
          alignment_period   = "${each.value.period}s"
          per_series_aligner = each.value.align
        }
      }
    }

    dynamic "condition_threshold" {
      for_each = each.value.compare == "absent" ? [] : [1]
      content {
        filter          = local.filters[each.key]
        duration        = "${each.value.duration}s"
        comparison      = "COMPARISON_${each.value.compare}"
        threshold_value = each.value.threshold
        aggregations {
          alignment_period   = "${each.value.period}s"
          per_series_aligner = each.value.align
        }
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  depends_on = [google_logging_metric.this]
}
