# A command that ends, started by the clock or by those named.

resource "google_cloud_run_v2_job" "this" {
  project             = var.project
  location            = var.region
  name                = var.name
  deletion_protection = var.protect

  template {
    template {
      service_account = var.service_account
      timeout         = var.timeout
      max_retries     = 1

      containers {
        image = var.image
        args  = var.args

        resources {
          limits = { cpu = var.cpu, memory = var.memory }
        }

        dynamic "env" {
          for_each = var.environment
          content {
            name  = env.key
            value = env.value
          }
        }
      }
    }
  }
}

resource "google_cloud_run_v2_job_iam_member" "starter" {
  for_each = var.starters

  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_job.this.name
  role     = each.value.role
  member   = each.value.member
}

resource "google_cloud_scheduler_job" "this" {
  count = var.schedule == "" ? 0 : 1

  project     = var.project
  region      = var.region
  name        = var.name
  description = "Starts the job of the same name."
  schedule    = var.schedule
  time_zone   = "Etc/UTC"

  retry_config {
    retry_count = 2
  }

  http_target {
    http_method = "POST"
    uri         = "https://run.googleapis.com/v2/projects/${var.project}/locations/${var.region}/jobs/${google_cloud_run_v2_job.this.name}:run"

    oauth_token {
      service_account_email = var.scheduler
    }
  }
}

output "name" {
  value = google_cloud_run_v2_job.this.name
}

output "runs" {
  description = "How the job runs."
  value       = { image = var.image, args = var.args, account = var.service_account }
}
