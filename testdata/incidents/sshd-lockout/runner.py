"""The deployment runner: runner.py POOL SECONDS. Runs jobs over the bastion with the real ssh client; logs JSON lines on stdout."""

import json
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from plant import chars, rng, skewed

POOL = json.load(open(sys.argv[1]))
SECONDS = float(sys.argv[2])
BASTION = "bastion-01.prod.acme.internal"
HOST = socket.gethostname()
STEPS = ["rsync release", "restart service", "run migrations", "warm caches", "verify checksums"]
start = time.monotonic()


def log(level, event, **fields):
    now = time.time()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z"
    os.write(1, json.dumps({"ts": stamp, "level": level, "runner": HOST, "event": event, **fields}).encode() + b"\n")


def job(number):
    user = rng.choice(["deploy", "deploy", "release", "backup-agent"])
    trigger = {"by": skewed(POOL["Email"]), "from": skewed(POOL["IPv6"]) if rng.random() < 0.5 else skewed(POOL["IPv4"][30:])}
    if rng.random() < 0.4:
        trigger["webhook"] = f"https://ci.acme-outfitters.com/hooks/deploy?token={skewed(POOL['Jwt'])}"
    elif rng.random() < 0.4:
        trigger["headers"] = {"Authorization": "Bearer " + skewed(POOL["BearerToken"])}
    log("info", "job started", job=number, user=user, step=rng.choice(STEPS), trigger=trigger)
    if rng.random() < 0.2:
        log("debug", "job environment", job=number, env={
            "REGISTRY_TOKEN": skewed(POOL["ApiKey"]), "VAULT_PASSWORD": skewed(POOL["Password"]), "WAKE_MAC": skewed(POOL["MacAddress"])})
    for attempt in (1, 2, 3):
        began = time.monotonic()
        p = subprocess.run(
            ["ssh", "-F", "none", "-i", f"/srv/acme/ssh/{user}", "-o", "UserKnownHostsFile=/srv/acme/ssh/known_hosts", "-o", "BatchMode=yes",
             "-o", "ConnectTimeout=8", "-o", "KexAlgorithms=curve25519-sha256", f"{user}@{BASTION}", "true"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
        took = round((time.monotonic() - began) * 1000)
        if p.returncode == 0:
            log("info", "job finished", job=number, attempt=attempt, took_ms=took)
            return
        log("warn", "ssh failed", job=number, attempt=attempt, exit_code=p.returncode, took_ms=took, stderr=p.stderr.strip(),
            target=f"{BASTION}:22")
        time.sleep(2)
    log("error", "job failed", job=number, notify={"email": trigger["by"], "sms": skewed(POOL["PhoneNumber"])})


number = 48210
with ThreadPoolExecutor(8) as workers:
    while time.monotonic() - start < SECONDS:
        number += 1
        workers.submit(job, number)
        time.sleep(rng.expovariate(1.1))
