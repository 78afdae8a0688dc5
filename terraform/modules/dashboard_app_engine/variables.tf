variable "project" {
  type = string
}

variable "region" {
  type = string
}

variable "name" {
  type = string
}

variable "create_application" {
  description = "False where the project has its App Engine application already."
  type        = bool
}

variable "protect" {
  type = bool
}

variable "commit" {
  type = string
}

variable "image" {
  type = string
}

variable "service_account" {
  type = string
}

variable "environment" {
  type = map(string)
}

variable "network" {
  type = string
}

variable "subnetwork" {
  type = string
}
