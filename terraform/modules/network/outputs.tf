output "network" {
  description = "Id of the network, once Google's services are peered with it."
  value       = google_compute_network.this.id
  depends_on  = [google_service_networking_connection.services]
}

output "subnetwork" {
  value = google_compute_subnetwork.this.name
}
