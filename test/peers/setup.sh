#!/bin/sh
# Makes the Python environment of the peers that our output is compared with,
# or keeps the one that is there, and prints the path of its interpreter. An
# argument names another set of peers, in an environment of its own.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
set=${1:+-$1}
requirements=$here/requirements$set.txt
venv=$(cd "$here/../.." && pwd)/.venv-peers$set

# The copy of the requirements is written last: an environment that was left
# half made, or is of other versions, is made anew.
if ! cmp -s "$requirements" "$venv/requirements.txt"; then
	"${PYTHON:-python3}" -m venv --clear "$venv" >&2
	echo '*' >"$venv/.gitignore"
	"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
		--requirement "$requirements" >&2
	cp "$requirements" "$venv/requirements.txt"
fi
echo "$venv/bin/python"
