"""Writes incident.json: finish.py FOLDER POOL PACKAGE...

Takes what people wrote (meta.json in FOLDER) and adds what the recording measured: the lines of every log, the versions of the software, and
those values of the pool that the software really wrote. Fails when a log holds a value of a planted shape that the pool does not know, so that
the list of originals is complete.
"""

import datetime
import gzip
import json
import pathlib
import re
import subprocess
import sys

SHAPES = {
    "IPv4": rb"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)",
    "Email": rb"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "MacAddress": rb"(?<![\w:-])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![\w:-])",
    "Jwt": rb"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+",
    "Hostname": rb"[\w-]+(?:\.[\w-]+)*\.(?:internal|corp|lan|local)\b",
    "UrlWithCredentials": rb"[a-z][a-z0-9+]*://[^\s/:@\"']+:[^\s/@\"']+@",
    "PrivateKey": rb"-----BEGIN [A-Z ]*PRIVATE KEY-----",
}
# Printed by the software itself and harmless: loopback, wildcard, versions of browsers that look like addresses.
HARMLESS = re.compile(rb"^(?:127\.0\.0\.1|0\.0\.0\.0|\d+\.0\.(?:0|\d{4})\.\d+)$")


def read(path):
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def main(folder, pool_file, *packages):
    folder = pathlib.Path(folder)
    meta = json.loads((folder / "meta.json").read_text())
    pool = json.loads(pathlib.Path(pool_file).read_text())
    noted = pathlib.Path(pool_file).with_name("planted.tsv")
    for line in noted.read_text().splitlines() if noted.exists() else []:
        kind, value = line.split("\t")
        if value not in pool[kind]:
            pool[kind].append(value)
    logs, text = [], b""
    for log in meta["logs"]:
        data = read(folder / log["file"])
        text += data + b"\n"
        logs.append({**log, "gzip": log["file"].endswith(".gz"), "lines": data.count(b"\n") + (data[-1:] not in (b"", b"\n"))})
    # Keys are made by the recorded software itself. Listed whole and line by line, so that half a key that leaves is noticed as well.
    for block in re.findall(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\r?\n.*?-----END [A-Z ]*PRIVATE KEY-----", text, re.S):
        pool["PrivateKey"] += [block.decode(), *(line for line in block.decode().splitlines()[1:-1] if len(line) > 20)]
    pool["PrivateKey"] = list(dict.fromkeys(pool["PrivateKey"]))
    planted = [{"type": t, "value": v} for t, values in pool.items() for v in values if v.encode() in text]
    known = [p["value"].encode() for p in planted]
    unknown = set()
    for kind, shape in SHAPES.items():
        for hit in set(re.findall(shape, text)):
            if not HARMLESS.match(hit) and not any(hit in k or k in hit for k in known):
                unknown.add(f"{kind} {hit.decode(errors='replace')}")
    if unknown:
        print("finish.py: values that the pool does not know:", *sorted(unknown), sep="\n  ", file=sys.stderr)
        sys.exit(1)
    versions = []
    for name in meta.get("software", packages):
        version = subprocess.run(["dpkg-query", "-W", "-f=${Version}", name], check=True, capture_output=True, text=True).stdout
        versions.append({"name": name, "version": version})
    out = {k: meta[k] for k in ("name", "title", "severity", "domain", "summary", "ground_truth")}
    out |= {"logs": logs, "planted": planted}
    out["recorded"] = {"date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(), "software": versions}
    (folder / "incident.json").write_text(json.dumps(out, indent=2, ensure_ascii=False) + "\n")
    counts = {}
    for p in planted:
        counts[p["type"]] = counts.get(p["type"], 0) + 1
    print(json.dumps({"logs": {log["file"]: log["lines"] for log in logs}, "planted": counts}), file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
