# Topic retrain -> function -> training job. The function starts at most one job at a time and decides nothing else.

resource "google_cloudfunctions2_function" "this" {
  project     = var.project
  location    = var.region
  name        = "${var.name}-retrain"
  description = "Starts the training job when topic retrain asks for it."

  build_config {
    runtime         = "python311"
    entry_point     = "retrain"
    service_account = "projects/${var.project}/serviceAccounts/${var.builder}"
    source {
      storage_source {
        bucket = var.source_bucket
        object = var.source_object
      }
    }
  }

  service_config {
    service_account_email          = var.service_account
    available_memory               = "256Mi"
    timeout_seconds                = 60
    max_instance_count             = 1
    ingress_settings               = "ALLOW_INTERNAL_ONLY"
    all_traffic_on_latest_revision = true
    environment_variables          = { RETRAIN_JOB = "projects/${var.project}/locations/${var.region}/jobs/${var.job}" }
  }

  event_trigger {
    trigger_region        = var.region
    event_type            = "google.cloud.pubsub.topic.v1.messagePublished"
    pubsub_topic          = var.topic
    service_account_email = var.service_account
    retry_policy          = "RETRY_POLICY_RETRY"
  }
}

# The trigger calls the function as the function's own account.
resource "google_cloud_run_service_iam_member" "trigger" {
  project  = var.project
  location = var.region
  service  = google_cloudfunctions2_function.this.name
  role     = "roles/run.invoker"
  member   = "serviceAccount:${var.service_account}"
}
