#!/bin/sh
# Asks the new API whether it lives and is ready, and the gateway for a stream; if not, traffic goes back to the revisions
# noted before, and the build fails. Shows Cloud Run an identity token, so that it works on a service that is not public,
# in the header that Cloud Run keeps to itself: in `Authorization` the API would look for a key of its own.
. terraform/deploy/environment.sh

revisions=${1:-/workspace/revisions}

answers() { # status to expect, URL, then more of curl's arguments
    expected=$1 asked=$2
    shift 2
    token=$(gcloud auth print-identity-token)
    for attempt in 1 2 3 4 5 6; do
        # A stream that opened does not end: curl gives up on it, and has its status by then.
        code=$(curl --silent --output /dev/null --write-out '%{http_code}' --max-time 20 \
            --header "X-Serverless-Authorization: Bearer $token" "$@" "$asked") || true
        [ "$code" = "$expected" ] && return 0
        echo "attempt $attempt: $asked answered $code" >&2
        sleep "${SMOKE_PAUSE:-10}"
    done
    return 1
}

opens() { # URL of the stream
    answers 101 "$1" --http1.1 --header "Connection: Upgrade" --header "Upgrade: websocket" \
        --header "Sec-WebSocket-Version: 13" --header "Sec-WebSocket-Key: cXVha2VzdHJlYW0tc21vaw=="
}

url_of() { # service
    if [ -n "${_DOMAIN:-}" ]; then
        echo "https://$_DOMAIN"
    else
        gcloud run services describe "$NAME-$1" --region "$_REGION" --project "$PROJECT_ID" --format='value(status.url)'
    fi
}

roll_back() {
    while read -r service revision; do
        [ -n "$revision" ] || continue
        gcloud run services update-traffic "$service" --region "$_REGION" --project "$PROJECT_ID" --to-revisions "$revision=100"
    done <"$revisions"
}

api=${SMOKE_URL:-$(url_of api)}
gateway=${SMOKE_URL:-$(url_of gateway)}
if answers 200 "$api/health/live" && answers 200 "$api/health/ready" && opens "$gateway/v1/alerts/stream"; then
    echo "the new revisions answer"
    exit 0
fi
echo "a new revision does not answer: traffic goes back" >&2
roll_back
exit 1
