"""The renewal job: renew.py issue|cron NAME SECONDS. `issue` makes a certificate that lives SECONDS; `cron` does so when the file is near its end.

Logs at debug, as someone left it, and so writes the new private key into its log. Its deploy hook still names the pid file that the load balancer
had before it was moved; the job does not look at the hook's result.
"""

import datetime
import logging
import pathlib
import re
import subprocess
import sys

CA = pathlib.Path("/srv/acme/ca")
BUNDLE = pathlib.Path("/srv/acme/tls/payments-gw.pem")
HOOK = "kill -USR2 $(cat /run/haproxy.pid)"
RENEW_BELOW = 110
log = logging.getLogger("cert-renew")


def run(*args):
    p = subprocess.run(args, capture_output=True, text=True)
    if p.returncode:
        raise RuntimeError(f"{args[0]} {args[1]} failed: {p.stderr.strip()}")
    return p.stdout


def left(path):
    end = re.search("notAfter=(.*)", run("openssl", "x509", "-in", str(path), "-noout", "-enddate"))[1]
    at = datetime.datetime.strptime(end, "%b %d %H:%M:%S %Y GMT").replace(tzinfo=datetime.timezone.utc)
    return at, (at - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


def issue(name, seconds):
    key, csr, crt = CA / "gw.key", CA / "gw.csr", CA / "gw.pem"
    run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key), "-out", str(csr),
        "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}")
    now = datetime.datetime.now(datetime.timezone.utc)
    stamp = "%Y%m%d%H%M%SZ"
    run("openssl", "ca", "-batch", "-notext", "-config", str(CA / "ca.conf"), "-in", str(csr), "-out", str(crt),
        "-startdate", (now - datetime.timedelta(hours=1)).strftime(stamp), "-enddate", (now + datetime.timedelta(seconds=seconds)).strftime(stamp))
    BUNDLE.write_text(crt.read_text() + key.read_text())
    return key.read_text()


def cron(name, seconds):
    at, rest = left(BUNDLE)
    log.info("%s: file %s valid until %s, %d s left", name, BUNDLE, at.isoformat(), rest)
    if rest > RENEW_BELOW:
        log.info("%s: not due, renewal below %d s", name, RENEW_BELOW)
        return
    log.info("%s: due, requesting new certificate from Acme Internal CA", name)
    key = issue(name, seconds)
    log.debug("%s: installed new certificate into %s with key\n%s", name, BUNDLE, key.rstrip())
    hook = subprocess.run(["sh", "-c", HOOK], capture_output=True, text=True)
    log.info("deploy hook: %s", HOOK)
    log.debug("deploy hook returned %d: %s", hook.returncode, hook.stderr.strip())
    log.info("%s: renewal succeeded, valid until %s", name, left(BUNDLE)[0].isoformat())


logging.basicConfig(stream=sys.stdout, level=logging.DEBUG, format="%(asctime)s.%(msecs)03dZ %(levelname)-5s %(name)s: %(message)s",
                    datefmt="%Y-%m-%dT%H:%M:%S")
{"issue": issue, "cron": cron}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
