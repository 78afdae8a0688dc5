output "pools" {
  description = "Worker pools that run."
  value       = [for pool in module.pool : pool.name]
}

output "jobs" {
  description = "Dataflow jobs that run."
  value       = google_dataflow_flex_template_job.engine[*].name
}

output "environments" {
  description = "Worker pool to what it is told."
  value       = { for name, pool in module.pool : name => pool.environment }
}
