#!/bin/sh
# Writes kb/sms/articles.jsonl again, from a folder or archive with the texts of the articles. docs/articles.md says more.
#
#   kb/regenerate.sh CORPUS
#
# It needs cargo.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: kb/regenerate.sh CORPUS" >&2
    exit 2
fi
corpus=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cargo run --quiet -- import "$corpus" -o "$work/articles.jsonl"
mv "$work/articles.jsonl" kb/sms/articles.jsonl
