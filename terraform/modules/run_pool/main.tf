# A container that runs without being asked. One instance: what these do has one author, or one hand that sends.

resource "google_cloud_run_v2_worker_pool" "this" {
  project             = var.project
  location            = var.region
  name                = var.name
  deletion_protection = var.protect

  scaling {
    scaling_mode          = "MANUAL"
    manual_instance_count = 1
  }

  template {
    service_account = var.service_account

    containers {
      image   = var.image
      command = var.command
      args    = var.args

      resources {
        limits = { cpu = "1", memory = var.memory }
      }

      dynamic "env" {
        for_each = var.environment
        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = var.secrets
        content {
          name = env.key
          value_source {
            secret_key_ref {
              secret  = env.value
              version = "latest"
            }
          }
        }
      }
    }
  }
}

output "name" {
  value = google_cloud_run_v2_worker_pool.this.name
}

output "runs" {
  description = "How the pool runs."
  value       = { image = var.image, command = var.command, account = var.service_account, secrets = keys(var.secrets) }
}

output "environment" {
  description = "What the pool is told, secrets left out."
  value       = var.environment
}
