output "name" {
  value = google_cloud_run_v2_service.this.name
}

output "uri" {
  value = google_cloud_run_v2_service.this.uri
}

output "invokers" {
  description = "Who may call the service."
  value       = values(var.invokers)
}

output "sidecars" {
  description = "Further containers of each instance."
  value       = keys(var.sidecars)
}

output "environment" {
  description = "What the service is told, secrets left out."
  value       = var.environment
}

output "runs" {
  description = "How the service runs."
  value = {
    image    = var.image, command = var.command, account = var.service_account, timeout = var.timeout, instances = var.instances,
    affinity = var.session_affinity, balanced = var.behind_balancer, secrets = keys(var.secrets),
  }
}
