# PostgreSQL for MLflow and Prefect: private address only, and no passwords at all: workloads log in with their identity.

resource "google_sql_database_instance" "this" {
  project             = var.project
  name                = var.name
  region              = var.region
  database_version    = "POSTGRES_17"
  deletion_protection = var.protect

  settings {
    edition                     = "ENTERPRISE"
    tier                        = var.protect ? "db-custom-1-3840" : "db-f1-micro"
    availability_type           = var.protect ? "REGIONAL" : "ZONAL"
    disk_autoresize             = true
    deletion_protection_enabled = var.protect

    ip_configuration {
      ipv4_enabled    = false
      private_network = var.network
      ssl_mode        = "ENCRYPTED_ONLY"
    }

    backup_configuration {
      enabled                        = true
      start_time                     = "02:00"
      point_in_time_recovery_enabled = var.protect
    }

    insights_config {
      query_insights_enabled = true
    }

    database_flags {
      name  = "cloudsql.enable_pgaudit"
      value = "on"
    }

    database_flags {
      name  = "cloudsql.iam_authentication"
      value = "on"
    }

    database_flags {
      name  = "log_checkpoints"
      value = "on"
    }

    database_flags {
      name  = "log_connections"
      value = "on"
    }

    database_flags {
      name  = "log_disconnections"
      value = "on"
    }

    database_flags {
      name  = "log_duration"
      value = "on"
    }

    database_flags {
      name  = "log_lock_waits"
      value = "on"
    }

    database_flags {
      name  = "log_min_error_statement"
      value = "error"
    }

    database_flags {
      name  = "log_statement"
      value = "ddl"
    }
  }
}

resource "google_sql_database" "this" {
  for_each = var.databases

  project  = var.project
  instance = google_sql_database_instance.this.name
  name     = each.key
}

resource "google_sql_user" "this" {
  for_each = var.databases

  project  = var.project
  instance = google_sql_database_instance.this.name
  # PostgreSQL knows a service account by its address without the last part.
  name           = trimsuffix(each.value, ".gserviceaccount.com")
  type           = "CLOUD_IAM_SERVICE_ACCOUNT"
  database_roles = ["cloudsqlsuperuser"]
}

resource "google_project_iam_member" "client" {
  for_each = { for pair in setproduct(keys(var.databases), ["client", "instanceUser"]) : join(" ", pair) => pair }

  project = var.project
  role    = "roles/cloudsql.${each.value[1]}"
  member  = "serviceAccount:${var.databases[each.value[0]]}"

  condition {
    title      = "this instance only"
    expression = "resource.name == 'projects/${var.project}/instances/${var.name}' && resource.service == 'sqladmin.googleapis.com'"
  }
}
