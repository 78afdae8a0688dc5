variable "project" {
  type = string
}

variable "region" {
  type = string
}

variable "name" {
  type = string
}

variable "engine" {
  description = "dataflow, worker_pool or none."
  type        = string
}

variable "protect" {
  type = bool
}

variable "accounts" {
  description = "Service accounts of ingest and engine."
  type        = object({ ingest = string, engine = string })
}

variable "environment" {
  type = map(string)
}

variable "worker_image" {
  type = string
}

variable "stream_image" {
  description = "Image of Dataflow's workers."
  type        = string
}

variable "template" {
  description = "gs:// path of the Flex Template's specification, commit included."
  type        = string
}

variable "epoch" {
  description = "Names the life of the alert log that a Dataflow job begins."
  type        = string
}

variable "snapshot" {
  description = "Name of the snapshot that a Dataflow job begins with; empty: none."
  type        = string
  default     = ""
}

variable "subnetwork" {
  type = string
}

variable "build_bucket" {
  type = string
}
