variable "project_id" {
  description = "Google Cloud project that holds everything."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be a project's id: 6 to 30 lower-case letters, digits and hyphens."
  }
}

variable "environment" {
  description = "Part of every name; `prod` switches deletion protection on."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,7}$", var.environment))
    error_message = "environment must be 2 to 8 lower-case letters and digits, for instance dev or prod."
  }
}

variable "region" {
  description = "Region of everything that has one."
  type        = string
  default     = "europe-west1"

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region must be a region such as europe-west1, not a zone."
  }
}

variable "image_tag" {
  description = "Git commit that images, the stream's template and the function's archive are named after."
  type        = string
  default     = ""

  validation {
    condition     = var.image_tag == "" || can(regex("^[0-9a-f]{7,40}$", var.image_tag))
    error_message = "image_tag must be a git commit: 7 to 40 hexadecimal digits. Tags that move are not deployed."
  }

  validation {
    condition     = var.image_tag != "" || !var.deploy_workloads
    error_message = "image_tag is needed to deploy workloads; set deploy_workloads = false for the first apply."
  }
}

variable "domain" {
  description = "Name under which the load balancer serves API and stream; empty: no load balancer."
  type        = string
  default     = ""

  validation {
    condition     = var.domain == "" || can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain))
    error_message = "domain must be a host name such as quake.example.org, without scheme or path."
  }
}

variable "map_origins" {
  description = "Further origins whose pages may open the alert stream; App Engine's, which carries a code of its region."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for origin in var.map_origins : can(regex("^https://[a-z0-9.-]+$", origin))])
    error_message = "map_origins must be origins such as https://map.example.org, without path."
  }
}

variable "alert_email" {
  description = "Who is told when an alert policy fires."
  type        = string

  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+\\.[a-z]{2,}$", var.alert_email))
    error_message = "alert_email must be an e-mail address."
  }
}

variable "billing_account" {
  description = "Billing account of the budget, as XXXXXX-XXXXXX-XXXXXX; empty: no budget."
  type        = string
  default     = ""

  validation {
    condition     = var.billing_account == "" || can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "billing_account must read XXXXXX-XXXXXX-XXXXXX."
  }
}

variable "monthly_budget" {
  description = "Budget a month, in the billing account's currency."
  type        = number
  default     = 100

  validation {
    condition     = var.monthly_budget >= 1 && floor(var.monthly_budget) == var.monthly_budget
    error_message = "monthly_budget must be a whole number of at least 1."
  }
}

variable "silence_minutes" {
  description = "Minutes without a committed row after which somebody is told."
  type        = number
  default     = 60

  validation {
    condition     = var.silence_minutes >= 5 && var.silence_minutes <= 1380
    error_message = "silence_minutes must lie between 5 and 1380: Cloud Monitoring looks back less than a day."
  }
}

variable "repository" {
  description = "GitHub repository OWNER/NAME that may deploy; empty: no identity federation and no build triggers."
  type        = string
  default     = ""

  validation {
    condition     = var.repository == "" || can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository must read OWNER/NAME."
  }
}

variable "state_bucket" {
  description = "Bucket of the Terraform state, which the deployer reads and writes; empty: granted elsewhere."
  type        = string
  default     = ""
}
