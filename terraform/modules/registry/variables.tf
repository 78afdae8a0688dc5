variable "project" {
  type = string
}

variable "region" {
  type = string
}

variable "name" {
  type = string
}

variable "writer" {
  description = "IAM member that pushes."
  type        = string
}

variable "readers" {
  description = "Name to IAM member that pulls under its own identity: Dataflow, App Engine and Vertex AI do."
  type        = map(string)
}
