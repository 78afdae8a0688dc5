output "topics" {
  description = "Topic to its full name."
  value       = { for key, topic in google_pubsub_topic.this : key => topic.name }
}

output "topic_ids" {
  description = "Topic to its resource id."
  value       = { for key, topic in google_pubsub_topic.this : key => "projects/${var.project}/topics/${topic.name}" }
}

output "subscriptions" {
  description = "Subscription to its full name."
  value       = { for key, subscription in google_pubsub_subscription.this : key => subscription.name }
}

output "dead_letters" {
  description = "Topic to the subscription that holds its dead letters."
  value       = { for key, subscription in google_pubsub_subscription.dead : key => subscription.name }
}
