resource "google_pubsub_schema" "this" {
  for_each = local.topics

  project    = var.project
  name       = "${var.prefix}${each.key}"
  type       = "PROTOCOL_BUFFER"
  definition = file("${path.module}/schemas/${each.key}.proto")
}

resource "google_pubsub_topic" "this" {
  for_each = local.topics

  project                    = var.project
  name                       = "${var.prefix}${each.key}"
  message_retention_duration = "604800s"

  schema_settings {
    schema   = "projects/${var.project}/schemas/${google_pubsub_schema.this[each.key].name}"
    encoding = "JSON"
  }

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
}

resource "google_pubsub_topic" "dead" {
  for_each = local.topics

  project                    = var.project
  name                       = "${var.prefix}${each.key}.dead"
  message_retention_duration = "2678400s"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
}

# A topic without subscription forgets: this one keeps dead letters until somebody has looked at them.
resource "google_pubsub_subscription" "dead" {
  for_each = local.topics

  project                    = var.project
  name                       = "${var.prefix}${each.key}.dead"
  topic                      = google_pubsub_topic.dead[each.key].name
  message_retention_duration = "2678400s"

  expiration_policy {
    ttl = ""
  }
}
