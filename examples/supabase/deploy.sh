#!/bin/sh
# Applies what is pending, by the project's URL and service key in the environment, once the channel is there and the plan can run.
set -eu
cd "$(dirname "$0")"
command -v clew >/dev/null || clew() { ../../dev clew "$@"; } # in a checkout of Clew

clew doctor
clew plan
clew execute
clew status
