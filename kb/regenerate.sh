#!/bin/sh
# Writes kb/sms/articles.jsonl again, from a folder or archive with the texts of the articles. docs/articles.md says more.
#
#   kb/regenerate.sh CORPUS
#
# It needs cargo and jq. `import` takes some sentences for quoted messages. kb/sms/withheld.csv says which: the article, the
# place in its list (from 1) and the length in characters. They are left out; if one is not there any more, nothing is
# written.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: kb/regenerate.sh CORPUS" >&2
    exit 2
fi
corpus=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")/.."
folder=kb/sms
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cargo run --quiet -- import "$corpus" -o "$work/all.jsonl"
jq -c --rawfile withheld "$folder/withheld.csv" '
    (reduce ($withheld | split("\n")[1:][] | select(. != "") | split(",")) as $row ({};
        .[$row[0]] += [[($row[1] | tonumber) - 1, ($row[2] | tonumber)]])) as $places
    | .id as $id
    | ($places[$id] // []) as $gone
    | .messages as $messages
    | if all($gone[]; . as [$at, $length] | ($messages[$at] // "" | length) == $length)
      then del(.messages[$gone[][0]])
      else error("\($id): withheld.csv names a message that is not there; look at its messages again")
      end
' "$work/all.jsonl" > "$work/articles.jsonl"
mv "$work/articles.jsonl" "$folder/articles.jsonl"
