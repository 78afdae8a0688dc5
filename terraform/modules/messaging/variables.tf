variable "project" {
  type = string
}

variable "project_number" {
  description = "Names Pub/Sub's own service agent."
  type        = string
}

variable "region" {
  type = string
}

variable "prefix" {
  description = "Before every topic's and subscription's name, as in QUAKE_BUS."
  type        = string
}

variable "members" {
  description = "Workload to IAM member."
  type        = map(string)
}

variable "publishers" {
  description = "Topic to the workloads that publish to it."
  type        = map(set(string))
}

variable "subscribers" {
  description = "Subscription to the workloads that read it."
  type        = map(set(string))
}

variable "watchers" {
  description = "Subscription to the workloads that look whether it is there before they publish."
  type        = map(set(string))
  default     = {}
}

variable "instance_subscribers" {
  description = "Workloads whose instances subscribe to events and alerts by themselves."
  type        = set(string)
}

variable "archive_dataset" {
  description = "BigQuery dataset of the raw archive."
  type        = string
}

variable "archive_tables" {
  description = "Topic to its archive table, as PROJECT.DATASET.TABLE."
  type        = map(string)
}
