# Buckets, tables, secrets and the database: private always, protected in production.

mock_provider "google" {}

variables {
  project         = "quake-project"
  region          = "europe-west1"
  name            = "quake"
  protect         = true
  members         = { engine = "serviceAccount:engine@x", api = "serviceAccount:api@x", ingest = "serviceAccount:ingest@x" }
  buckets         = { state = { access = { objectUser = ["engine"], objectViewer = ["api"] }, files = { "keys/ticket_secret" = ["api"] } } }
  secrets         = { api-keys = ["api"] }
  readers         = ["api"]
  writers         = ["engine"]
  table_writers   = { dead_letters = ["ingest"], deliveries = ["api"] }
  archive_readers = []
  network         = "projects/quake-project/global/networks/quake"
  databases       = { mlflow = "mlflow@quake-project.iam.gserviceaccount.com" }
}

run "buckets" {
  command = plan
  module {
    source = "./modules/storage"
  }

  assert {
    condition     = alltrue([for bucket in google_storage_bucket.this : bucket.public_access_prevention == "enforced" && bucket.uniform_bucket_level_access && bucket.versioning[0].enabled])
    error_message = "a bucket could be made public, or forgets"
  }
  assert {
    condition     = alltrue([for bucket in google_storage_bucket.this : !bucket.force_destroy])
    error_message = "a protected bucket can be deleted with all it holds"
  }
  assert {
    condition     = alltrue([for grant in google_storage_bucket_iam_member.this : startswith(grant.role, "roles/storage.object") && grant.member != "allUsers"])
    error_message = "a workload may do more than use objects"
  }
  assert {
    condition     = [for grant in google_storage_bucket_iam_member.file : "${grant.member} ${grant.condition[0].expression}"] == ["serviceAccount:api@x resource.name == 'projects/_/buckets/quake-project-quake-state/objects/keys/ticket_secret'"]
    error_message = "who makes the tickets' secret may write more than it, or somebody else may"
  }
}

run "buckets_of_dev" {
  command = plan
  module {
    source = "./modules/storage"
  }
  variables {
    protect = false
  }

  assert {
    condition     = alltrue([for bucket in google_storage_bucket.this : bucket.force_destroy])
    error_message = "dev can be torn down"
  }
}

run "tables" {
  command = plan
  module {
    source = "./modules/warehouse"
  }

  assert {
    condition     = alltrue([for table in google_bigquery_table.rows : table.deletion_protection && table.time_partitioning[0].field != ""]) && alltrue([for table in google_bigquery_table.archive : table.deletion_protection])
    error_message = "a protected table can be deleted, or is not partitioned"
  }
  assert {
    condition     = google_bigquery_table.rows["assessments"].clustering == tolist(["quake_id", "region"]) && google_bigquery_table.rows["assessments"].time_partitioning[0].field == "assessed_at"
    error_message = "assessments are partitioned and clustered as quake/schema.py says"
  }
  assert {
    condition     = keys(google_bigquery_table.first_rows) == keys(google_bigquery_table.rows) && strcontains(google_bigquery_table.first_rows["alerts"].view[0].query, "`quake-project.quake.alerts_rows`")
    error_message = "each table has a view of its first rows"
  }
  assert {
    condition     = contains(keys(google_bigquery_table.answers), "dead_letters_by_reason") && strcontains(google_bigquery_table.answers["dead_letters_by_reason"].view[0].query, "`quake-project.quake.dead_letters`")
    error_message = "answers without parameters are views"
  }
  assert {
    condition     = keys(google_bigquery_dataset_iam_member.warehouse) == ["dataEditor engine", "dataViewer api"] && keys(google_bigquery_table_iam_member.writer) == ["dead_letters ingest", "deliveries api"]
    error_message = "somebody else may write"
  }
}

run "secrets" {
  command = plan
  module {
    source = "./modules/secrets"
  }

  assert {
    condition     = alltrue([for secret in google_secret_manager_secret.this : secret.deletion_protection]) && keys(google_secret_manager_secret_iam_member.this) == ["api-keys api"]
    error_message = "a secret is not protected, or others read it"
  }
}

run "database" {
  command = plan
  module {
    source = "./modules/database"
  }

  assert {
    condition     = google_sql_database_instance.this.deletion_protection && google_sql_database_instance.this.settings[0].deletion_protection_enabled && google_sql_database_instance.this.settings[0].availability_type == "REGIONAL"
    error_message = "the protected database can be deleted or has one zone"
  }
  assert {
    condition     = !google_sql_database_instance.this.settings[0].ip_configuration[0].ipv4_enabled && google_sql_database_instance.this.settings[0].ip_configuration[0].ssl_mode == "ENCRYPTED_ONLY"
    error_message = "the database has a public address or speaks in the clear"
  }
  assert {
    condition     = alltrue([for user in google_sql_user.this : user.type == "CLOUD_IAM_SERVICE_ACCOUNT"]) && alltrue([for grant in google_project_iam_member.client : length(grant.condition) == 1])
    error_message = "a user has a password, or may reach another instance"
  }
}
