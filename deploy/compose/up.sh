#!/bin/sh
# Makes the secrets that are missing and starts everything. Arguments go to
# `docker compose`, before `up`: ./up.sh --profile monitoring
set -eu
cd "$(dirname "$0")"

random() {
	od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

# A secret appears whole or not at all, and is never made twice. Compose mounts
# the files as they are and the service is user 65532, so the folder keeps others
# of this machine out and the files do not.
umask 077
mkdir -p secrets
make_secret() {
	[ -s "secrets/$1" ] && return
	printf '%s' "$2" >"secrets/$1.partial"
	chmod 444 "secrets/$1.partial"
	mv "secrets/$1.partial" "secrets/$1"
}
make_secret secret_key "$(random)"
make_secret postgres_password "$(random)"
make_secret grafana_password "$(random)"
make_secret database_url "postgresql://mcg:$(cat secrets/postgres_password)@postgres:5432/mcg"

[ "${1:-}" = --secrets-only ] && exit 0
exec docker compose "$@" up --detach --wait
