#!/usr/bin/env bash
# Compares servpack with other tools that match many patterns, and prints the tables of docs/performance.md.
#
#   benches/compare.sh                     makes a corpus of 1 GiB and pattern sets of its own
#   benches/compare.sh CORPUS PATTERNS     uses a folder of logs, and a folder with p10.tsv, p100.tsv, p1000.tsv and
#                                          p10000.tsv: number, `lit` or `re`, and the pattern, separated by tabs
#
# Needs python3 and a C compiler. On Debian it installs ripgrep and Vectorscan if it may. ROUNDS=5 sets how often each
# command runs (3 if not set), WORK where everything is put (target/compare if not set).
set -euo pipefail
cd "$(dirname "$0")/.."
work=${WORK:-target/compare}
mkdir -p "$work"

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    for package in libvectorscan-dev ripgrep; do
        dpkg -s "$package" >/dev/null 2>&1 || apt-get install -y --no-install-recommends "$package" >/dev/null 2>&1 ||
            echo "$package cannot be installed; it is left out" >&2
    done
fi

cargo build --release --quiet
cargo bench --no-run --bench scan --message-format json 2>/dev/null |
    python3 -c 'import json, sys
for line in sys.stdin:
    found = json.loads(line)
    if found.get("target", {}).get("name") == "scan" and found.get("executable"):
        print(found["executable"])' >"$work/scan.path"
scan=$(cat "$work/scan.path")
if cc -O2 -o "$work/vectorscan" benches/peers/vectorscan.c -lhs 2>"$work/cc.log"; then :; else
    echo "Vectorscan is left out: see $work/cc.log" >&2
fi

corpus=${1:-$work/corpus}
patterns=${2:-$work/patterns}
if [ $# -eq 0 ]; then
    [ -d "$patterns" ] || "$scan" patterns "$patterns" 7
    [ -d "$corpus" ] || "$scan" corpus "$corpus" "$((1 << 30))" 40 43
fi

exec python3 benches/compare.py "$work" "$scan" "$corpus" "$patterns" "${ROUNDS:-3}"
