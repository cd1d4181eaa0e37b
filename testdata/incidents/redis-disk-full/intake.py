"""order-intake: accepts orders over HTTP and appends them to a Redis stream. Usage: intake.py ADDRESS. Logs JSON lines on stdout."""

import json
import os
import queue
import sys
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from resp import Redis, RedisError, logger

log = logger("order-intake")
URL = os.environ["REDIS_URL"]
idle = queue.SimpleQueue()


def call(*commands):
    """Runs commands on a pooled connection; a connection retires after forty uses."""
    try:
        conn, used = idle.get_nowait()
    except queue.Empty:
        conn, used = Redis(URL), 0
    keep = used < 40
    try:
        return [conn(*c) for c in commands]
    except OSError:
        keep = False
        raise
    finally:
        if keep:
            idle.put((conn, used + 1))
        else:
            conn.close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"
    wbufsize = 65536  # headers and body in one piece: the health checker hangs up after the headers

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
        query = {k: v[0] for k, v in parse_qs(url.query).items()}
        try:
            if url.path == "/health":
                return self.answer(200 if call(("EXISTS", "health:probe"))[0] else 503, check="read")
            if url.path == "/v2/orders/track":
                found = call(("GET", f"session:{query.get('ref')}"), ("XLEN", "orders"))
                if "password" in query:
                    log("warn", "deprecated basic login in query string", path=self.path, client_ip=self.headers["X-Forwarded-For"])
                return self.answer(200 if found[0] else 404, queue=found[1])
            return self.answer(200 if url.path.startswith("/v2/catalog/") else 404)
        except (RedisError, OSError) as e:
            log("error", "request failed", path=self.path, error=str(e))
            self.answer(503)

    def do_POST(self):
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        order = json.loads(raw)
        request_id = str(uuid.uuid4())
        client = self.headers["X-Forwarded-For"]
        if order["device"]["battery"] < 3:
            log("warn", "scanner battery low", request_id=request_id, device_mac=order["device"]["mac"], device_ip=order["device"]["ip"])
        try:
            entry, _ = call(("XADD", "orders", "*", "body", raw), ("SET", f"session:{order['order_ref']}", raw + os.urandom(900)))
        except RedisError as e:
            log("error", "order not accepted", request_id=request_id, client_ip=client, error=str(e),
                order={k: v for k, v in order.items() if k != "lines"})
            return self.answer(503, error="queue_unavailable", request_id=request_id)
        except OSError as e:
            log("error", "cannot reach queue", request_id=request_id, redis_url=URL, error=str(e))
            return self.answer(503, error="queue_unavailable", request_id=request_id)
        if order["age_check"]:
            log("info", "age verified", request_id=request_id, email=order["customer"]["email"], ssn=order["age_check"]["ssn"])
        elif hash(request_id) % 3 == 0:
            log("info", "order accepted", request_id=request_id, entry=entry.decode(), email=order["customer"]["email"], client_ip=client)
        self.answer(202, entry=entry.decode())


def main(address):
    log("info", "starting", listen=f"{address}:8080", redis_url=URL, health_check="EXISTS health:probe")
    ThreadingHTTPServer.request_queue_size = 128
    ThreadingHTTPServer((address, 8080), Handler).serve_forever()


main(sys.argv[1])
