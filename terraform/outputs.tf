output "api_url" {
  description = "Where the API answers."
  value       = local.api_url
}

output "address" {
  description = "What the domain's A record has to name."
  value       = one([for edge in module.edge : edge.address])
}

output "map_origins" {
  description = "Where the map is looked at."
  value       = local.map_origins
}

output "registry" {
  description = "Where images go."
  value       = local.registry
}

output "images" {
  description = "What is deployed."
  value       = local.images
}

output "build_bucket" {
  value = module.storage.names["build"]
}

output "deployer" {
  description = "Service account that builds and deploys."
  value       = module.identity.emails["deployer"]
}

output "certificate_record" {
  description = "The DNS record that proves the domain is ours, so that the certificate is issued."
  value       = one([for edge in module.edge : edge.certificate_record])
}

output "topics" {
  description = "Topic to its full name."
  value       = module.messaging.topics
}
