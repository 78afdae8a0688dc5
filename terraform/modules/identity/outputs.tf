output "emails" {
  description = "Workload to service account."
  value       = local.accounts
}

output "members" {
  description = "Workload to IAM member."
  value       = { for name, email in local.accounts : name => "serviceAccount:${email}" }
}
