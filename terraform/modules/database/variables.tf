variable "project" {
  type = string
}

variable "region" {
  type = string
}

variable "name" {
  type = string
}

variable "protect" {
  description = "Two zones, point-in-time recovery, and nobody deletes it."
  type        = bool
}

variable "network" {
  description = "Id of the private network."
  type        = string
}

variable "databases" {
  description = "Database to the service account that uses it."
  type        = map(string)
}
