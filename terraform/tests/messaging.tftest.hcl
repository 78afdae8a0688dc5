mock_provider "google" {}

variables {
  project              = "quake-project"
  project_number       = "123456789"
  region               = "europe-west1"
  prefix               = "quake-dev-"
  members              = { for name in ["ingest", "engine", "api", "channels"] : name => "serviceAccount:${name}@x" }
  publishers           = { events = ["ingest"], alerts = ["engine"] }
  subscribers          = { engine = ["engine"], notify = ["channels"] }
  watchers             = { engine = ["ingest"] }
  instance_subscribers = ["api"]
  archive_dataset      = "quake_dev_archive"
  archive_tables       = { events = "quake-project.quake_dev_archive.events", alerts = "quake-project.quake_dev_archive.alerts" }
}

run "every_topic_has_dead_letters_and_a_schema" {
  command = plan
  module {
    source = "./modules/messaging"
  }

  assert {
    condition     = keys(google_pubsub_topic.this) == ["alerts", "events", "model_decisions", "retrain"]
    error_message = "a topic that the code publishes to is missing"
  }
  assert {
    condition     = keys(google_pubsub_topic.dead) == keys(google_pubsub_topic.this) && keys(google_pubsub_subscription.dead) == keys(google_pubsub_topic.this)
    error_message = "a topic has no dead letters, or nothing keeps them"
  }
  assert {
    condition     = alltrue([for key, topic in google_pubsub_topic.dead : topic.name == "${google_pubsub_topic.this[key].name}.dead"])
    error_message = "the bus adapter calls the dead letters of a topic TOPIC.dead"
  }
  assert {
    condition     = alltrue([for subscription in google_pubsub_subscription.dead : subscription.expiration_policy[0].ttl == "" && subscription.message_retention_duration == "2678400s"])
    error_message = "dead letters are kept for 31 days and their subscription for good"
  }
  assert {
    condition     = alltrue([for topic in google_pubsub_topic.this : topic.schema_settings[0].encoding == "JSON"])
    error_message = "a topic takes anything"
  }
}

run "every_subscription_retries_and_then_buries" {
  command = plan
  module {
    source = "./modules/messaging"
  }

  assert {
    condition = alltrue([
      for key, subscription in google_pubsub_subscription.this :
      subscription.dead_letter_policy[0].dead_letter_topic == "projects/quake-project/topics/quake-dev-${local.subscriptions[key].topic}.dead" &&
      subscription.retry_policy[0].minimum_backoff == "10s" && subscription.expiration_policy[0].ttl == ""
    ])
    error_message = "a subscription has no dead letters of its topic, no retry, or expires"
  }
  assert {
    condition     = keys(google_pubsub_subscription_iam_member.dead_letters) == keys(google_pubsub_subscription.this) && keys(google_pubsub_topic_iam_member.dead_letters) == keys(google_pubsub_topic.dead)
    error_message = "Pub/Sub itself may not move dead letters"
  }
  assert {
    condition     = google_pubsub_subscription.this["archive-events"].bigquery_config[0].table == "quake-project.quake_dev_archive.events" && google_pubsub_subscription.this["archive-events"].bigquery_config[0].write_metadata
    error_message = "the archive gets every event with its metadata"
  }
}

run "subscribers_are_bound_to_their_subscription" {
  command = plan
  module {
    source = "./modules/messaging"
  }

  assert {
    condition     = keys(google_pubsub_subscription_iam_member.subscriber) == ["engine engine", "notify channels"] && google_pubsub_subscription.this["notify"].topic == "quake-dev-alerts"
    error_message = "somebody reads another's subscription, or the channels hear another topic"
  }
  assert {
    condition     = keys(google_pubsub_subscription_iam_member.viewer) == ["engine engine", "engine ingest", "notify channels"] && alltrue([for grant in google_pubsub_subscription_iam_member.viewer : grant.role == "roles/pubsub.viewer"])
    error_message = "ingest may not see that the engine's subscription is there, and does not start"
  }
}

run "publishers_are_bound_to_their_topic" {
  command = plan
  module {
    source = "./modules/messaging"
  }

  assert {
    condition     = keys(google_pubsub_topic_iam_member.publisher) == ["alerts engine", "events ingest"]
    error_message = "somebody may publish who should not"
  }
  assert {
    condition     = keys(google_pubsub_topic_iam_member.burier) == ["alerts api", "alerts channels", "events api", "events engine"]
    error_message = "a reader may not bury what it cannot settle, or somebody else may"
  }
  assert {
    condition     = alltrue([for grant in google_pubsub_topic_iam_member.publisher : grant.role == "roles/pubsub.publisher"])
    error_message = "a publisher may do more than publish"
  }
}
