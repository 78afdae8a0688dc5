# One name for two services: WebSockets of the alert stream go to the gateway, everything else to the API: also the same
# stream as server-sent events, which the gateway does not speak. Regional, as they are.

resource "google_compute_region_network_endpoint_group" "this" {
  for_each = var.services

  project               = var.project
  region                = var.region
  name                  = "${var.name}-${each.key}"
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = each.value
  }
}

resource "google_compute_region_backend_service" "this" {
  for_each = var.services

  project               = var.project
  region                = var.region
  name                  = "${var.name}-${each.key}"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_region_security_policy.this.self_link

  backend {
    group           = google_compute_region_network_endpoint_group.this[each.key].id
    balancing_mode  = "UTILIZATION"
    capacity_scaler = 1
  }

  log_config {
    enable      = true
    sample_rate = 0.1
  }
}

resource "google_compute_region_url_map" "this" {
  project         = var.project
  region          = var.region
  name            = var.name
  default_service = google_compute_region_backend_service.this["api"].id

  host_rule {
    hosts        = [var.domain]
    path_matcher = "quake"
  }

  path_matcher {
    name            = "quake"
    default_service = google_compute_region_backend_service.this["api"].id

    # Told apart by what browsers must ask for: `Upgrade` belongs to the hop and is no header to match on.
    route_rules {
      priority = 1
      service  = google_compute_region_backend_service.this["api"].id
      match_rules {
        full_path_match = var.stream
        header_matches {
          header_name  = "accept"
          prefix_match = "text/event-stream"
        }
      }
    }

    route_rules {
      priority = 2
      service  = google_compute_region_backend_service.this["gateway"].id
      match_rules {
        full_path_match = var.stream
      }
    }
  }
}

resource "google_compute_region_security_policy" "this" {
  project = var.project
  region  = var.region
  name    = var.name
  type    = "CLOUD_ARMOR"

  rules {
    action      = "throttle"
    priority    = 1000
    description = "A client that asks more than 3,000 times in five minutes waits."
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"
      rate_limit_threshold {
        count        = 3000
        interval_sec = 300
      }
    }
  }

  rules {
    action   = "allow"
    priority = 2147483647
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}
