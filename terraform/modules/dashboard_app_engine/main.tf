# App Engine flexible: standard has no WebSockets, which Streamlit needs. One application a project, for good.

resource "google_app_engine_application" "this" {
  count = var.create_application ? 1 : 0

  project     = var.project
  location_id = trimsuffix(var.region, "1") == "europe-west" ? "europe-west" : var.region == "us-central1" ? "us-central" : var.region

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_app_engine_flexible_app_version" "this" {
  project         = var.project
  service         = "default"
  version_id      = "${var.name}-${substr(var.commit, 0, 12)}"
  runtime         = "custom"
  service_account = var.service_account
  env_variables   = var.environment

  noop_on_destroy           = var.protect
  delete_service_on_destroy = false

  deployment {
    container {
      image = var.image
    }
  }

  network {
    name             = var.network
    subnetwork       = var.subnetwork
    session_affinity = true
  }

  resources {
    cpu       = 1
    memory_gb = 2
  }

  automatic_scaling {
    min_total_instances = 1
    max_total_instances = 3
    cool_down_period    = "120s"
    cpu_utilization {
      target_utilization = 0.6
    }
  }

  liveness_check {
    path = "/_stcore/health"
  }

  readiness_check {
    path              = "/_stcore/health"
    app_start_timeout = "300s"
  }

  depends_on = [google_app_engine_application.this]
}

output "applications" {
  description = "App Engine applications that this configuration makes: 0 or 1."
  value       = length(google_app_engine_application.this)
}
