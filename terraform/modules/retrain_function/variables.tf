variable "project" {
  type = string
}

variable "region" {
  type = string
}

variable "name" {
  type = string
}

variable "topic" {
  description = "Resource id of topic retrain."
  type        = string
}

variable "job" {
  description = "Cloud Run job that trains."
  type        = string
}

variable "service_account" {
  type = string
}

variable "builder" {
  description = "Service account that builds the function."
  type        = string
}

variable "source_bucket" {
  type = string
}

variable "source_object" {
  description = "Archive of the function, commit included."
  type        = string
}
