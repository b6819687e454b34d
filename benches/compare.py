"""Runs the commands of compare.sh in turn, round by round, and prints what they cost.

A figure is the processor time of the whole process, user and system, the least of all rounds: what else runs on the
machine only adds to it. Only the ratios of one run mean something.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile

work, scan, corpus, patterns, rounds = sys.argv[1:6]
rounds = int(rounds)
COUNTS = [10, 100, 1000, 10000]
# A tool that takes longer than this is not run again.
PATIENCE = 200
REPORT = os.path.join(work, "report.json")


def run(command):
    """Processor seconds and peak memory in MB of a command; nothing if it takes too long. A command that fails ends it all:
    what it did not do must not look like time. The report of the one before is gone first: to empty a long one takes time."""
    if os.path.exists(REPORT):
        os.remove(REPORT)
    with open(os.path.join(work, "last.log"), "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                if os.waitstatus_to_exitcode(status) not in (0, 1):
                    with open(os.path.join(work, "last.log"), errors="replace") as said:
                        sys.exit(f"{command[0]} failed: {said.read(2000)}")
                return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
            time.sleep(0.005)
        process.kill()
        os.wait4(process.pid, 0)
    return None


def measure(commands):
    """The least cost of each command over all rounds."""
    best = {}
    for _ in range(rounds):
        for name, command in commands.items():
            if best.get(name, ()) is None:
                continue
            cost = run(command)
            if cost is None:
                best[name] = None
            elif name not in best or cost[0] < best[name][0]:
                best[name] = cost
    return best


def rules(count, path):
    """The patterns as rules: a symptom each."""
    with open(os.path.join(patterns, f"p{count}.tsv"), encoding="utf-8") as source, open(path, "w") as out:
        for number, line in enumerate(source):
            _, kind, pattern = line.rstrip("\n").split("\t")[:3]
            if kind == "lit":
                quote = "'" if "'" not in pattern else '"'
                text = pattern if quote == "'" else pattern.replace("\\", "\\\\").replace('"', '\\"')
                test = f"has {quote}{text}{quote}"
            else:
                test = "~ /" + pattern.replace("/", "\\/") + "/"
            out.write(
                f'article P{number} "Pattern {number}" {{\n  product sms\n  affects 1.2\n  fixed in 1.2 SP3\n\n'
                f'  symptom seen "Pattern {number} matches" {{\n    text {test}\n  }}\n}}\n'
            )


def plain(count, kind):
    """The patterns as other tools take them."""
    path = os.path.join(work, f"p{count}.{kind}")
    escaped = lambda text: "".join("\\" + c if c in "\\.+*?()|[]{}^$" else c for c in text)
    with open(os.path.join(patterns, f"p{count}.tsv"), encoding="utf-8") as source, open(path, "w") as out:
        for line in source:
            _, how, pattern = line.rstrip("\n").split("\t")[:3]
            if kind == "re":
                out.write((pattern if how == "re" else escaped(pattern)) + "\n")
            elif how == "lit":
                out.write(pattern + "\n")
    return path


def audit(count, bundle, *options):
    path = os.path.join(work, f"p{count}.rule")
    if not os.path.exists(path):
        rules(count, path)
    return ["target/release/servpack", "audit", "--jobs", "1", "--no-builtin", "--rules", path, "--format", "json",
            "-o", REPORT, *options, bundle]


def table(head, rows):
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    show = lambda row: "| " + " | ".join(str(cell).ljust(width) for cell, width in zip(row, widths)) + " |"
    print(show(head))
    print("| " + " | ".join("-" * width for width in widths) + " |")
    for row in rows:
        print(show(row))
    print()


files = sorted(os.path.join(folder, name) for folder, _, names in os.walk(corpus) for name in names)
size = sum(os.path.getsize(path) for path in files)
empty = os.path.join(work, "tiny")
os.makedirs(empty, exist_ok=True)
with open(os.path.join(empty, "despool.log"), "w") as out:
    out.write("Sleeping   $$<SMS_DESPOOLER><Tue Nov 04 13:07:27 1997~><thread=A0>\r\n")

commands = {"wc": ["wc", "-l", *files]}
for count in COUNTS:
    source = os.path.join(patterns, f"p{count}.tsv")
    commands[f"scan {count}"] = [scan, "scan", source, corpus]
    commands[f"audit {count}"] = audit(count, corpus)
    if os.path.exists(os.path.join(work, "vectorscan")):
        commands[f"vectorscan {count}"] = [os.path.join(work, "vectorscan"), plain(count, "re"), *files]
    if shutil.which("rg"):
        command = ["rg", "-j1", "-i", "--no-unicode", "--no-messages", "-c", "-f", plain(count, "re"), *files]
        commands[f"ripgrep {count}"] = command
best = measure(commands)
wc = best["wc"][0]
print(f"{len(files)} files, {size / 2**20:.0f} MiB; `wc -l` takes {wc:.3f} s of processor time\n")


def seconds(name):
    return best[name][0] if best.get(name) else None


print("Throughput against `wc -l` (whole process)\n")
rows = []
for name in ["scan", "audit", "vectorscan", "ripgrep"]:
    if any(f"{name} {count}" in best for count in COUNTS):
        cells = [seconds(f"{name} {count}") for count in COUNTS]
        rows.append([name, *(f"{wc / cell:.3f}" if cell else f"over {PATIENCE} s" for cell in cells)])
table(["", *(f"N = {count:,}" for count in COUNTS)], rows)

print("How many times faster the scan is, and what the audit adds\n")
rows = []
for name in ["vectorscan", "ripgrep"]:
    cells = [(seconds(f"{name} {count}"), seconds(f"scan {count}")) for count in COUNTS]
    if any(cell for cell, _ in cells):
        rows.append([f"{name} / scan", *(f"{cell / mine:.1f}" if cell and mine else "more" for cell, mine in cells)])
rows.append(["audit / scan", *(f"{seconds(f'audit {c}') / seconds(f'scan {c}'):.2f}" for c in COUNTS)])
table(["", *(f"N = {count:,}" for count in COUNTS)], rows)
print(f"time(10,000) / time(10): scan {seconds('scan 10000') / seconds('scan 10'):.1f}, "
      f"audit {seconds('audit 10000') / seconds('audit 10'):.1f}\n")
print("Peak memory of the audit: "
      + ", ".join(f"N = {count:,}: {best[f'audit {count}'][1]:.0f} MB" for count in COUNTS) + "\n")

tar, packed = os.path.join(work, "corpus.tar.gz"), os.path.join(work, "corpus.zip")
part = files[: max(1, len(files) // 4)]
if not os.path.exists(tar):
    with tarfile.open(tar, "w:gz", compresslevel=6) as out:
        for path in part:
            out.add(path, arcname=os.path.relpath(path, corpus))
if not os.path.exists(packed):
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for path in part:
            out.write(path, arcname=os.path.relpath(path, corpus))
best = measure({
    "inflate tar.gz": [scan, "inflate", tar],
    "inflate zip": [scan, "inflate", packed],
    **{f"audit {kind} {count}": audit(count, path) for kind, path in [("tar.gz", tar), ("zip", packed)] for count in [10, 100]},
})
print("Packed bundles against inflating them with zlib-rs\n")
rows = []
for kind in ["tar.gz", "zip"]:
    cells = [seconds(f"audit {kind} {count}") for count in [10, 100]]
    rows.append([kind, *(f"{cell / seconds(f'inflate {kind}'):.2f}" if cell else "failed" for cell in cells)])
table(["", "N = 10", "N = 100"], rows)

tiny = {f"{count}": audit(count, empty) for count in COUNTS}
tiny["help"] = ["target/release/servpack", "--help"]
measure(tiny)
best = measure(tiny)
print("A bundle of one line, rules already in the cache: "
      + ", ".join(f"N = {count:,}: {1000 * seconds(str(count)):.0f} ms" for count in COUNTS)
      + f"; `--help`: {1000 * seconds('help'):.0f} ms")
