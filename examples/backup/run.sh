#!/bin/sh
# Destroys a table with a backup made first, and puts it back.
set -eu
cd "$(dirname "$0")"
command -v clew >/dev/null || clew() { ../../dev clew "$@"; } # in a checkout of Clew

clew execute 0001
clew execute 0002
clew backup list
clew backup verify latest --level restore
clew rollback --yes
clew backup restore latest --dry-run
