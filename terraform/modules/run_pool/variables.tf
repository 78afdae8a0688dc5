variable "project" {
  type = string
}

variable "region" {
  type = string
}

variable "name" {
  type = string
}

variable "image" {
  type = string
}

variable "command" {
  description = "Program in place of the image's entry point."
  type        = list(string)
  default     = null
}

variable "args" {
  description = "Arguments to the image's entry point."
  type        = list(string)
  default     = null
}

variable "memory" {
  type = string
}

variable "service_account" {
  type = string
}

variable "environment" {
  type = map(string)
}

variable "secrets" {
  description = "Variable to the secret that fills it."
  type        = map(string)
  default     = {}
}

variable "protect" {
  type = bool
}
