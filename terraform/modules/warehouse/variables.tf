variable "project" {
  type = string
}

variable "region" {
  type = string
}

variable "name" {
  description = "Dataset; the archive's has `_archive` behind it."
  type        = string
}

variable "protect" {
  type = bool
}

variable "members" {
  description = "Workload to IAM member."
  type        = map(string)
}

variable "readers" {
  type = set(string)
}

variable "writers" {
  type = set(string)
}

variable "table_writers" {
  description = "Table to the workloads that append to it and no other."
  type        = map(set(string))
}

variable "archive_readers" {
  type = set(string)
}
