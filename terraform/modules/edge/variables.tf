variable "project" {
  type = string
}

variable "region" {
  type = string
}

variable "name" {
  type = string
}

variable "domain" {
  type = string
}

variable "stream" {
  description = "Path of the alert stream."
  type        = string
}

variable "services" {
  description = "api and gateway to the names of their Cloud Run services."
  type        = object({ api = string, gateway = string })
}

variable "network" {
  description = "Id of the network; its proxies get a subnetwork of their own."
  type        = string
}
