# What the other scripts share; sourced by each. Cloud Build gives PROJECT_ID, COMMIT_SHA and the _SUBSTITUTIONS.
set -eu
NAME="quake-$_ENVIRONMENT"
REGISTRY="$_REGION-docker.pkg.dev/$PROJECT_ID/$NAME"
BUILD_BUCKET="gs://$PROJECT_ID-$NAME-build"
IMAGES="worker serving batch dashboard mlflow stream"
