"""The noise of the internet: bots.py POOL SECONDS. Guesses passwords for common names and for addresses from leaked lists, from many sources."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from plant import rng, skewed

POOL = json.load(open(sys.argv[1]))
SECONDS = float(sys.argv[2])
NAMES = ["admin", "root", "oracle", "postgres", "ubuntu", "test", "git", "ftpuser", "support", "deploy", "jenkins", "pi", "user"]


def guess():
    name = skewed(POOL["Email"]) if rng.random() < 0.3 else rng.choice(NAMES)
    subprocess.run(
        ["ssh", "-F", "none", "-b", skewed(POOL["IPv4"][:30]), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
         "-o", "PreferredAuthentications=password", "-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1", "-o", "ConnectTimeout=5",
         "-o", "KexAlgorithms=curve25519-sha256", "-o", "HostKeyAlgorithms=ssh-ed25519",
         "-l", name, "10.90.1.5", "true"],
        env=os.environ | {"SSH_ASKPASS": "/srv/acme/src/askpass.sh", "SSH_ASKPASS_REQUIRE": "force", "GUESS": skewed(POOL["Password"])},
        stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)


start = time.monotonic()
with ThreadPoolExecutor(5) as sources:
    while time.monotonic() - start < SECONDS:
        sources.submit(guess)
        time.sleep(rng.expovariate(3.2))
