"""payment-bridge: takes payments of tills and terminals. Its own lines end in LF; lines of the `pos` logger end in CR LF, because the
collector of the tills is a Windows program that reads the same file. Logs on stdout."""

import json
import logging
import os
import random
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

sys.stdout.reconfigure(encoding="utf-8", newline="")
rng = random.SystemRandom()
POOL = json.load(open(os.environ["POOL"]))


def handler(terminator, layout):
    h = logging.StreamHandler(sys.stdout)
    h.terminator = terminator
    h.setFormatter(logging.Formatter(layout))
    return h


log = logging.getLogger("bridge")
log.addHandler(handler("\n", "%(asctime)s %(levelname)-5s bridge[%(threadName)s] %(message)s"))
log.setLevel(logging.DEBUG)
pos = logging.getLogger("pos")
pos.addHandler(handler("\r\n", "%(asctime)s;POS;%(levelname)s;%(message)s"))
pos.setLevel(logging.INFO)


class Server(ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """HAProxy may reset an idle connection; that is no error."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536

    def log_message(self, *args):
        pass

    def answer(self, code, **body):
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        url = urlsplit(self.path)
        q = {k: v[0] for k, v in parse_qs(url.query).items()}
        client = self.headers.get("X-Forwarded-For", "-")
        if url.path.startswith("/pay/v1/receipts/"):
            merchant = unquote(url.path.split("/")[4])
            if rng.random() < 0.25:
                log.info("receipt for »%s« sent to %s", merchant, q.get("email"))
            return self.answer(200)
        if url.path == "/pay/v1/terminals/login":
            pos.warning("Anmeldung über veraltetes Protokoll: till=%s password=%s from=%s", q["till"], q["password"], client)
            return self.answer(200)
        if url.path == "/pay/v1/payouts":
            pos.info("KYC geprüft – payout to %s ssn=%s phone=%s", q["email"], q["ssn"], q["phone"])
            return self.answer(200)
        return self.answer(200)

    def do_POST(self):
        raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
        b = json.loads(raw)
        merchant = b["merchant"]
        if rng.random() < 0.03:
            log.debug("acquirer says no, request was %s", raw)
            return self.answer(402)
        if b["terminal"]["firmware"] < 4:
            till = b["terminal"]
            pos.warning("Gerät %s (%s) bei »%s«: Firmware %d veraltet", till["mac"], till["ip"], merchant, till["firmware"])
        elif rng.random() < 0.5:
            pos.info("Zahlung genehmigt: %s, %d ¢, Beleg an %s", merchant, b["cents"], b["email"])
        self.answer(201, approved=True)


def ledger(url):
    """Tries to reach the ledger's broker; it has been away for days and nobody looks."""
    u = urlsplit(url)
    while True:
        try:
            socket.create_connection((u.hostname, u.port), timeout=2).close()
        except OSError as e:
            log.warning("ledger: cannot connect to %s: %s", url, e)
        time.sleep(20)


log.info("starting, acquirer key %s, alerts to slack with %s", POOL["ApiKey"][2], POOL["ApiKey"][3])
threading.Thread(target=ledger, args=(os.environ["AMQP_URL"],), name="ledger", daemon=True).start()
Server(("127.0.0.1", 9000), Handler).serve_forever()
