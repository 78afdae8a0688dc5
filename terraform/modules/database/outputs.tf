output "connection_name" {
  value = google_sql_database_instance.this.connection_name
}

output "users" {
  description = "Database to the user name that PostgreSQL knows."
  value       = { for key, user in google_sql_user.this : key => user.name }
}
