output "policies" {
  description = "Alert policy to the metric it watches."
  value       = { for key, policy in local.active : key => policy.metric }
}
