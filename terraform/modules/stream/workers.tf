# What runs without being asked: ingest always, the engine unless Dataflow does its work.

locals {
  pools = var.engine == "none" ? {} : merge(
    { ingest = { args = ["ingest"], memory = "1Gi", account = var.accounts.ingest } },
    var.engine == "worker_pool" ? { engine = { args = ["score"], memory = "4Gi", account = var.accounts.engine } } : {},
  )
}

# One instance each: the order of reports has one author, and so has the order of alerts.
resource "google_cloud_run_v2_worker_pool" "this" {
  for_each = local.pools

  project             = var.project
  location            = var.region
  name                = "${var.name}-${each.key}"
  deletion_protection = var.protect

  scaling {
    scaling_mode          = "MANUAL"
    manual_instance_count = 1
  }

  template {
    service_account = each.value.account

    containers {
      image = var.worker_image
      args  = each.value.args

      resources {
        limits = { cpu = "1", memory = each.value.memory }
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
