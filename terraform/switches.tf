# What runs, and for whom; who and where are in variables.tf.

variable "stream_engine" {
  description = "What scores the stream: dataflow (scales), worker_pool (cheap) or none."
  type        = string
  default     = "worker_pool"

  validation {
    condition     = contains(["dataflow", "worker_pool", "none"], var.stream_engine)
    error_message = "stream_engine must be dataflow, worker_pool or none."
  }
}

variable "stream_snapshot" {
  description = "Name of the snapshot that a new Dataflow job begins with; empty: it begins with no state and a new alert log."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*)?$", var.stream_snapshot))
    error_message = "stream_snapshot must be a snapshot's name in the state bucket, without scheme."
  }
}

variable "forecast_hours" {
  description = "Hours between the engine's grid forecasts; 0 is none. The worker pool's: the Dataflow job issues none."
  type        = number
  default     = 1

  validation {
    condition     = var.forecast_hours >= 0 && var.forecast_hours <= 24 && floor(var.forecast_hours) == var.forecast_hours
    error_message = "forecast_hours must be a whole number from 0 to 24."
  }
}

variable "dashboard" {
  description = "Where the map runs: app_engine (flexible) or cloud_run."
  type        = string
  default     = "cloud_run"

  validation {
    condition     = contains(["app_engine", "cloud_run"], var.dashboard)
    error_message = "dashboard must be app_engine or cloud_run."
  }
}

variable "create_app_engine" {
  description = "Creates the project's App Engine application: one per project, its region can never be changed."
  type        = bool
  default     = false
}

variable "enable_prefect_server" {
  description = "Runs a Prefect server and worker beside the scheduled jobs."
  type        = bool
  default     = false
}

variable "alert_sender" {
  description = "Mail address that alerts come from, in e-mails and CAP; empty: nobody is told by mail or webhook."
  type        = string
  default     = ""

  validation {
    condition     = var.alert_sender == "" || can(regex("^[^@ ,<&]+@[^@ ,<&]+\\.[a-z]{2,}$", var.alert_sender))
    error_message = "alert_sender must be an e-mail address, without the characters that CAP forbids in a sender."
  }
}

variable "deploy_workloads" {
  description = "False for the first apply: the registry has to exist before there are images."
  type        = bool
  default     = true
}

variable "public" {
  description = "Services that anyone may send requests to: api, gateway, dashboard. The API checks its own keys."
  type        = set(string)
  default     = []

  validation {
    condition     = length(setsubtract(var.public, ["api", "gateway", "dashboard"])) == 0
    error_message = "public may name api, gateway and dashboard only: MLflow and Prefect are never public."
  }
}
