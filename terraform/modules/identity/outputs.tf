output "emails" {
  description = "Workload to service account."
  value       = local.accounts
}

output "instance_subscriber" {
  description = "The custom role of instances that make a subscription each."
  value       = "projects/${var.project}/roles/${google_project_iam_custom_role.instance_subscriber.role_id}"
}

output "members" {
  description = "Workload to IAM member."
  value       = { for name, email in local.accounts : name => "serviceAccount:${email}" }
}
