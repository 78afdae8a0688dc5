#!/bin/sh
# The retrain function's archive: its module, what that imports of ours, and pinned requirements.
. terraform/deploy/environment.sh

out=${1:-/workspace/function}
mkdir -p "$out/batch" "$out/quake/adapters"
echo "from batch.retrain_function import retrain" >"$out/main.py"
cp batch/__init__.py batch/retrain_function.py "$out/batch/"
cp quake/__init__.py quake/retraining.py "$out/quake/"
cp quake/adapters/__init__.py quake/adapters/log.py quake/adapters/run_jobs.py "$out/quake/adapters/"
cp requirements/function.txt "$out/requirements.txt"
(cd "$out" && python3 -m zipfile -c ../function.zip main.py batch quake requirements.txt)
gcloud storage cp "$out/../function.zip" "$BUILD_BUCKET/functions/retrain-$COMMIT_SHA.zip"
