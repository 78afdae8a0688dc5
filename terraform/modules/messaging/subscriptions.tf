locals {
  topics        = toset(["events", "alerts", "retrain", "model_decisions"])
  service_agent = "serviceAccount:service-${var.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
  subscriptions = merge(
    # One that nobody reads would only grow.
    { for name, topic in { engine = "events", notify = "alerts" } : name => { topic = topic, archived = false } if contains(keys(var.subscribers), name) },
    { for topic in ["events", "alerts"] : "archive-${topic}" => { topic = topic, archived = true } },
  )
}

resource "google_pubsub_subscription" "this" {
  for_each = local.subscriptions

  project                    = var.project
  name                       = "${var.prefix}${each.key}"
  topic                      = google_pubsub_topic.this[each.value.topic].name
  ack_deadline_seconds       = 60
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = ""
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = "projects/${var.project}/topics/${google_pubsub_topic.dead[each.value.topic].name}"
    max_delivery_attempts = 5
  }

  dynamic "bigquery_config" {
    for_each = each.value.archived ? [var.archive_tables[each.value.topic]] : []
    content {
      table          = bigquery_config.value
      write_metadata = true
    }
  }

  depends_on = [google_pubsub_topic_iam_member.dead_letters, google_bigquery_table_iam_member.archive]
}

# Pub/Sub itself moves dead letters: it publishes to their topic and settles them at their subscription.
resource "google_pubsub_topic_iam_member" "dead_letters" {
  for_each = local.topics

  project = var.project
  topic   = google_pubsub_topic.dead[each.key].name
  role    = "roles/pubsub.publisher"
  member  = local.service_agent
}

resource "google_pubsub_subscription_iam_member" "dead_letters" {
  for_each = local.subscriptions

  project      = var.project
  subscription = google_pubsub_subscription.this[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local.service_agent
}

resource "google_bigquery_table_iam_member" "archive" {
  for_each = var.archive_tables

  project    = var.project
  dataset_id = var.archive_dataset
  table_id   = each.key
  role       = "roles/bigquery.dataEditor"
  member     = local.service_agent
}
