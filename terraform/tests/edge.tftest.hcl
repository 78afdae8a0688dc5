mock_provider "google" {}

variables {
  project        = "quake-project"
  project_number = "123456789"
  region         = "europe-west1"
  name           = "quake-prod"
}

run "stream_goes_to_the_gateway" {
  command = plan
  module {
    source = "./modules/edge"
  }
  variables {
    domain   = "quake.example.org"
    stream   = "/v1/alerts/stream"
    network  = "projects/quake-project/global/networks/quake-prod"
    services = { api = "quake-prod-api", gateway = "quake-prod-gateway" }
  }

  assert {
    condition     = keys(google_compute_region_backend_service.this) == ["api", "gateway"] && keys(google_compute_region_network_endpoint_group.this) == ["api", "gateway"]
    error_message = "API and gateway are two services behind one name"
  }
  assert {
    condition     = [for rule in google_compute_region_url_map.this.path_matcher[0].route_rules : rule.match_rules[0].full_path_match] == ["/v1/alerts/stream", "/v1/alerts/stream"]
    error_message = "the stream's path has no rules of its own"
  }
  assert {
    condition     = google_compute_region_url_map.this.path_matcher[0].route_rules[0].match_rules[0].header_matches[0].prefix_match == "text/event-stream" && length(google_compute_region_url_map.this.path_matcher[0].route_rules[1].match_rules[0].header_matches) == 0
    error_message = "who asks for server-sent events is told apart first; everyone else on the path goes to the gateway"
  }
  assert {
    condition     = google_compute_forwarding_rule.this.port_range == "443" && google_compute_region_ssl_policy.this.min_tls_version == "TLS_1_2"
    error_message = "the front door speaks in the clear"
  }
}

run "only_main_of_our_repository_deploys" {
  command = plan
  module {
    source = "./modules/ci"
  }
  variables {
    repository    = "example/quakestream"
    deployer      = "quake-prod-deployer@quake-project.iam.gserviceaccount.com"
    checker       = "quake-prod-checker@quake-project.iam.gserviceaccount.com"
    substitutions = { _ENVIRONMENT = "prod" }
  }

  assert {
    condition     = google_iam_workload_identity_pool_provider.github.attribute_condition == "assertion.sub == 'repo:example/quakestream:ref:refs/heads/main'"
    error_message = "another repository or branch may deploy"
  }
  assert {
    condition     = [for trigger in google_cloudbuild_trigger.this : trigger.filename] == ["cloudbuild.yaml", "cloudbuild.pr.yaml", "cloudbuild.release.yaml"]
    error_message = "each build file has its trigger"
  }
  assert {
    condition     = strcontains(google_cloudbuild_trigger.this["pr"].service_account, "-checker@") && strcontains(google_cloudbuild_trigger.this["main"].service_account, "-deployer@")
    error_message = "code that nobody has read runs as the deployer"
  }
  assert {
    condition     = length(google_cloudbuild_trigger.this["release"].approval_config) == 1 && google_cloudbuild_trigger.this["pr"].github[0].pull_request[0].comment_control == "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
    error_message = "a release needs approval, a stranger's pull request a comment"
  }
}

run "app_engine_is_guarded" {
  command = plan
  module {
    source = "./modules/dashboard_app_engine"
  }
  variables {
    create_application = false
    protect            = true
    commit             = "0123456789abcdef"
    image              = "dashboard:0123456789abcdef"
    service_account    = "quake-prod-dashboard@quake-project.iam.gserviceaccount.com"
    environment        = { QUAKE_API_URL = "https://quake.example.org" }
    network            = "quake-prod"
    subnetwork         = "quake-prod"
  }

  assert {
    condition     = length(google_app_engine_application.this) == 0 && google_app_engine_flexible_app_version.this.noop_on_destroy && google_app_engine_flexible_app_version.this.runtime == "custom"
    error_message = "the application is made unasked, or the version is not flexible and kept"
  }
}
