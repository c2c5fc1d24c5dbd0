#!/bin/sh
# Makes the Python environment of the peers that our output is compared with,
# or keeps the one that is there, and prints the path of its interpreter.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
venv=$(cd "$here/../.." && pwd)/.venv-peers

# The copy of the requirements is written last: an environment that was left
# half made, or is of other versions, is made anew.
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
	"${PYTHON:-python3}" -m venv --clear "$venv" >&2
	echo '*' >"$venv/.gitignore"
	"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
		--requirement "$here/requirements.txt" >&2
	cp "$here/requirements.txt" "$venv/requirements.txt"
fi
echo "$venv/bin/python"
