# Services, jobs, engines and the function, one module at a time.

mock_provider "google" {}
mock_provider "google-beta" {}

variables {
  project         = "quake-project"
  region          = "europe-west1"
  name            = "quake-prod"
  protect         = true
  service_account = "quake-prod-api@quake-project.iam.gserviceaccount.com"
  image           = "europe-west1-docker.pkg.dev/quake-project/quake-prod/serving:0123456789abcdef"
}

run "service" {
  command = plan
  module {
    source = "./modules/run_service"
  }
  variables {
    health          = "/health/live"
    invokers        = {}
    secrets         = { QUAKE_API_KEYS = "quake-prod-api-keys" } # pragma: allowlist secret
    behind_balancer = true
    database        = { connection = "p:r:i", network = "n", subnetwork = "s" }
  }

  assert {
    condition     = google_cloud_run_v2_service.this.deletion_protection && google_cloud_run_v2_service.this.ingress == "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" && length(google_cloud_run_v2_service_iam_member.invoker) == 0
    error_message = "the service is unprotected, reachable past the load balancer, or callable by somebody"
  }
  assert {
    condition     = length(google_cloud_run_v2_service.this.template[0].containers) == 2 && contains(google_cloud_run_v2_service.this.template[0].containers[1].args, "--auto-iam-authn")
    error_message = "the database is reached through Google's proxy, without a password"
  }
  assert {
    condition     = [for variable in google_cloud_run_v2_service.this.template[0].containers[0].env : variable.value_source[0].secret_key_ref[0].secret] == ["quake-prod-api-keys"]
    error_message = "a secret is not read from Secret Manager"
  }
  assert {
    condition     = [for target in google_cloud_run_v2_service.this.traffic : "${target.type} ${target.percent}"] == ["TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST 100"]
    error_message = "after a roll-back no new revision would get traffic again"
  }
}

run "healthz_belongs_to_cloud_run" {
  command = plan
  module {
    source = "./modules/run_service"
  }
  variables {
    health   = "/healthz"
    invokers = {}
  }
  expect_failures = [var.health]
}

run "job" {
  command = plan
  module {
    source = "./modules/run_job"
  }
  variables {
    args        = ["quake", "train"]
    environment = {}
    cpu         = "4"
    memory      = "8Gi"
    timeout     = "3600s"
    schedule    = "17 3 * * *"
    scheduler   = "quake-prod-scheduler@quake-project.iam.gserviceaccount.com"
    starters    = { scheduler = { role = "roles/run.invoker", member = "serviceAccount:s@x" } }
  }

  assert {
    condition     = google_cloud_run_v2_job.this.deletion_protection && keys(google_cloud_run_v2_job_iam_member.starter) == ["scheduler"]
    error_message = "the job is unprotected or anybody starts it"
  }
  assert {
    condition     = google_cloud_scheduler_job.this[0].http_target[0].uri == "https://run.googleapis.com/v2/projects/quake-project/locations/europe-west1/jobs/quake-prod:run" && google_cloud_scheduler_job.this[0].http_target[0].oauth_token[0].service_account_email == "quake-prod-scheduler@quake-project.iam.gserviceaccount.com"
    error_message = "the clock starts another job, or as somebody else"
  }
}

run "dataflow_drains" {
  command = plan
  module {
    source = "./modules/stream"
  }
  variables {
    engine       = "dataflow"
    accounts     = { ingest = "ingest@x", engine = "engine@x" }
    environment  = { QUAKE_BUS = "pubsub://p", QUAKE_WAREHOUSE = "bigquery://p/d", QUAKE_STORAGE = "gs://b" }
    worker_image = "worker:0123456"
    stream_image = "stream:0123456"
    template     = "gs://build/templates/stream-0123456789abcdef.json"
    epoch        = "0123456789ab"
    subnetwork   = "quake-prod"
    build_bucket = "build"
  }

  assert {
    condition     = google_dataflow_flex_template_job.engine[0].on_delete == "drain" && strcontains(google_dataflow_flex_template_job.engine[0].container_spec_gcs_path, "0123456789abcdef")
    error_message = "a change must drain the job, and a commit must change it"
  }
  assert {
    condition     = google_dataflow_flex_template_job.engine[0].ip_configuration == "WORKER_IP_PRIVATE" && google_dataflow_flex_template_job.engine[0].service_account_email == "engine@x"
    error_message = "workers have public addresses or another's account"
  }
  assert {
    condition     = [for pool in module.pool : pool.name] == ["quake-prod-ingest"]
    error_message = "beside Dataflow only ingest runs"
  }
}

run "pool" {
  command = plan
  module {
    source = "./modules/run_pool"
  }
  variables {
    command     = ["python", "-m", "alerts"]
    memory      = "1Gi"
    environment = { QUAKE_SENDER = "alerts@example.org" }
    secrets     = { QUAKE_SMTP = "quake-prod-smtp" } # pragma: allowlist secret
  }

  assert {
    condition     = google_cloud_run_v2_worker_pool.this.deletion_protection && google_cloud_run_v2_worker_pool.this.scaling[0].manual_instance_count == 1 && google_cloud_run_v2_worker_pool.this.scaling[0].scaling_mode == "MANUAL"
    error_message = "the order of reports has one author"
  }
  assert {
    condition     = google_cloud_run_v2_worker_pool.this.template[0].service_account == "quake-prod-api@quake-project.iam.gserviceaccount.com" && google_cloud_run_v2_worker_pool.this.template[0].containers[0].command == tolist(["python", "-m", "alerts"])
    error_message = "the pool runs another program, or as somebody else"
  }
  assert {
    condition     = [for variable in google_cloud_run_v2_worker_pool.this.template[0].containers[0].env : variable.value_source[0].secret_key_ref[0].secret if variable.name == "QUAKE_SMTP"] == ["quake-prod-smtp"]
    error_message = "a secret is not read from Secret Manager"
  }
}

run "function" {
  command = plan
  module {
    source = "./modules/retrain_function"
  }
  variables {
    topic         = "projects/quake-project/topics/quake-prod-retrain"
    job           = "quake-prod-train"
    builder       = "quake-prod-deployer@quake-project.iam.gserviceaccount.com"
    source_bucket = "build"
    source_object = "functions/retrain-0123456789abcdef.zip"
  }

  assert {
    condition     = google_cloudfunctions2_function.this.event_trigger[0].pubsub_topic == "projects/quake-project/topics/quake-prod-retrain" && google_cloudfunctions2_function.this.event_trigger[0].retry_policy == "RETRY_POLICY_RETRY"
    error_message = "the function hears another topic, or forgets what failed"
  }
  assert {
    condition     = google_cloudfunctions2_function.this.service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY" && google_cloudfunctions2_function.this.service_config[0].max_instance_count == 1
    error_message = "the function answers the world, or two of it start two jobs"
  }
}
