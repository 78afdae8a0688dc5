resource "google_compute_subnetwork" "proxies" {
  project       = var.project
  region        = var.region
  name          = "${var.name}-proxies"
  network       = var.network
  ip_cidr_range = "10.20.32.0/24"
  purpose       = "REGIONAL_MANAGED_PROXY"
  role          = "ACTIVE"
}

resource "google_compute_address" "this" {
  project      = var.project
  region       = var.region
  name         = var.name
  network_tier = "STANDARD"
}

resource "google_certificate_manager_dns_authorization" "this" {
  project  = var.project
  location = var.region
  name     = var.name
  domain   = var.domain
  type     = "PER_PROJECT_RECORD"
}

resource "google_certificate_manager_certificate" "this" {
  project  = var.project
  location = var.region
  name     = var.name

  managed {
    domains            = [var.domain]
    dns_authorizations = [google_certificate_manager_dns_authorization.this.id]
  }
}

resource "google_compute_region_ssl_policy" "this" {
  project         = var.project
  region          = var.region
  name            = var.name
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"
}

resource "google_compute_region_target_https_proxy" "this" {
  project                          = var.project
  region                           = var.region
  name                             = var.name
  url_map                          = google_compute_region_url_map.this.id
  certificate_manager_certificates = [google_certificate_manager_certificate.this.id]
  ssl_policy                       = google_compute_region_ssl_policy.this.id
}

resource "google_compute_forwarding_rule" "this" {
  project               = var.project
  region                = var.region
  name                  = var.name
  load_balancing_scheme = "EXTERNAL_MANAGED"
  network               = var.network
  network_tier          = "STANDARD"
  ip_address            = google_compute_address.this.id
  port_range            = "443"
  target                = google_compute_region_target_https_proxy.this.id
  depends_on            = [google_compute_subnetwork.proxies]
}

output "address" {
  description = "What the domain's A record has to name."
  value       = google_compute_address.this.address
}

output "certificate_record" {
  description = "The DNS record that proves the domain is ours, so that the certificate is issued."
  value       = google_certificate_manager_dns_authorization.this.dns_resource_record
}
