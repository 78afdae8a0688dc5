resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = merge([for topic, names in var.publishers : { for name in names : "${topic} ${name}" => { topic = topic, name = name } }]...)

  project = var.project
  topic   = google_pubsub_topic.this[each.value.topic].name
  role    = "roles/pubsub.publisher"
  member  = var.members[each.value.name]
}

resource "google_pubsub_subscription_iam_member" "subscriber" {
  for_each = merge([
    for subscription, names in var.subscribers : { for name in names : "${subscription} ${name}" => { subscription = subscription, name = name } }
  ]...)

  project      = var.project
  subscription = google_pubsub_subscription.this[each.value.subscription].name
  role         = "roles/pubsub.subscriber"
  member       = var.members[each.value.name]
}

resource "google_pubsub_subscription_iam_member" "viewer" {
  for_each = merge([
    for names_of in [var.subscribers, var.watchers] : merge([
      for subscription, names in names_of : { for name in names : "${subscription} ${name}" => { subscription = subscription, name = name } }
    ]...)
  ]...)

  project      = var.project
  subscription = google_pubsub_subscription.this[each.value.subscription].name
  role         = "roles/pubsub.viewer"
  member       = var.members[each.value.name]
}

# Readers bury what they could not settle themselves, before Pub/Sub does.
resource "google_pubsub_topic_iam_member" "burier" {
  for_each = merge(
    { for name in var.instance_subscribers : "alerts ${name}" => { topic = "alerts", name = name } },
    { for name in var.instance_subscribers : "events ${name}" => { topic = "events", name = name } },
    merge([
      for subscription, names in var.subscribers :
      { for name in names : "${local.subscriptions[subscription].topic} ${name}" => { topic = local.subscriptions[subscription].topic, name = name } }
    ]...),
  )

  project = var.project
  topic   = google_pubsub_topic.dead[each.value.topic].name
  role    = "roles/pubsub.publisher"
  member  = var.members[each.value.name]
}

# What an instance needs of a topic to make a subscription to it.
resource "google_pubsub_topic_iam_member" "attacher" {
  for_each = { for pair in setproduct(["events", "alerts"], var.instance_subscribers) : join(" ", pair) => pair }

  project = var.project
  topic   = google_pubsub_topic.this[each.value[0]].name
  role    = "roles/pubsub.subscriber"
  member  = var.members[each.value[1]]
}
