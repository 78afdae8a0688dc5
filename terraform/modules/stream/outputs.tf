output "pools" {
  description = "Worker pools that run."
  value       = [for pool in google_cloud_run_v2_worker_pool.this : pool.name]
}

output "jobs" {
  description = "Dataflow jobs that run."
  value       = google_dataflow_flex_template_job.engine[*].name
}
