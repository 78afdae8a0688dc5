# The commit is in the template's path, so that a new commit replaces the job; the old one drains: nothing is lost.
resource "google_dataflow_flex_template_job" "engine" {
  provider = google-beta
  count    = var.engine == "dataflow" ? 1 : 0

  project                 = var.project
  region                  = var.region
  name                    = "${var.name}-engine"
  container_spec_gcs_path = var.template
  on_delete               = "drain"

  service_account_email   = var.accounts.engine
  subnetwork              = "regions/${var.region}/subnetworks/${var.subnetwork}"
  ip_configuration        = "WORKER_IP_PRIVATE"
  machine_type            = "n1-standard-2"
  num_workers             = 1
  max_workers             = 3
  autoscaling_algorithm   = "THROUGHPUT_BASED"
  enable_streaming_engine = true
  sdk_container_image     = var.stream_image
  staging_location        = "gs://${var.build_bucket}/dataflow/staging"
  temp_location           = "gs://${var.build_bucket}/dataflow/temp"

  parameters = merge(var.snapshot == "" ? {} : { snapshot = var.snapshot }, {
    bus       = var.environment.QUAKE_BUS
    warehouse = var.environment.QUAKE_WAREHOUSE
    storage   = var.environment.QUAKE_STORAGE
    epoch     = var.epoch
  })
}
