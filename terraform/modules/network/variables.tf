variable "project" {
  type = string
}

variable "region" {
  type = string
}

variable "name" {
  type = string
}
