"""checkout-api: the service whose release 4.18.0 loses database connections. Usage: app.py ADDRESS

RELEASE selects the code path, as two checkouts of its repository would. Up to 4.17 every handler returns its connection in a `finally` and the
pool is bounded. 4.18 added the loyalty bonus: a guest without a loyalty number leaves the handler early, before the connection is returned,
and the pool lost its bound. Logs JSON lines on stdout.
"""

import json
import os
import random
import socket
import sys
import threading
import time
import traceback
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import psycopg2

RELEASE = os.environ["RELEASE"]
DSN = os.environ["DATABASE_URL"]
LOYALTY_BONUS = RELEASE >= "4.18"
HOST = socket.gethostname()
POOL = json.load(open(os.environ["POOL"]))
rng = random.SystemRandom()


def log(level, msg, **fields):
    now = time.time()
    record = {"ts": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z", "level": level, "host": HOST,
              "service": "checkout-api", "release": RELEASE, "msg": msg, **fields}
    # one write: both nodes append to the same file
    os.write(1, json.dumps(record, ensure_ascii=False).encode() + b"\n")


class LoyaltyMemberNotFound(Exception):
    pass


class Pool:
    """Connections to the database; bounded by limit, unbounded without one. Like psycopg2's own pool it remembers what it has lent."""

    def __init__(self, limit):
        self.limit, self.idle, self.open, self.used = limit, [], 0, 0
        self.lent = set()
        self.guard = threading.Condition()

    def get(self, tries=2):
        with self.guard:
            while True:
                if self.idle:
                    self.used += 1
                    conn = self.idle.pop()
                    self.lent.add(conn)
                    return conn
                if self.limit is None or self.open < self.limit:
                    break
                if not self.guard.wait(3):
                    raise TimeoutError("no connection available after 3000 ms")
            self.open += 1
            self.used += 1
        for attempt in range(1, tries + 1):
            try:
                conn = psycopg2.connect(DSN, application_name="checkout-api", connect_timeout=3)
                with self.guard:
                    self.lent.add(conn)
                return conn
            except psycopg2.OperationalError as e:
                error = e
                if attempt < tries:
                    wait = rng.uniform(1, 6.5)
                    log("WARN", "database connect failed, retrying", attempt=attempt, backoff_ms=round(wait * 1000))
                    time.sleep(wait)
        with self.guard:
            self.open -= 1
            self.used -= 1
        raise error

    def put(self, conn):
        with self.guard:
            self.used -= 1
            self.lent.discard(conn)
            if conn.closed or len(self.idle) >= 6:
                conn.close()
                self.open -= 1
            else:
                self.idle.append(conn)
            self.guard.notify()


pool = Pool(None if LOYALTY_BONUS else 12)


def query(sql, *args, tries=2):
    conn = pool.get(tries)
    try:
        with conn, conn.cursor() as cur:
            cur.execute(sql, args)
            return cur.fetchall() if cur.description else []
    finally:
        pool.put(conn)


def checkout(order):
    if not LOYALTY_BONUS:
        conn = pool.get()
        try:
            with conn:
                return place(conn, order)
        finally:
            pool.put(conn)
    conn = pool.get()
    bonus = loyalty_bonus(conn, order)
    order_id = place(conn, order, bonus)
    conn.commit()
    pool.put(conn)
    return order_id


def loyalty_bonus(conn, order):
    with conn.cursor() as cur:
        cur.execute("SELECT loyalty_no FROM customers WHERE email = %s", (order["email"],))
        row = cur.fetchone()
    if not order.get("loyalty_no") and not (row and row[0]):
        raise LoyaltyMemberNotFound(f"no loyalty account for {order['email']}")
    return 200


def place(conn, order, bonus=0):
    with conn.cursor() as cur:
        cur.execute(
            "INSERT INTO orders (email, card_last4, total_cents) VALUES (%s, %s, %s) RETURNING id",
            (order["email"], order["card"]["number"][-4:], order["total_cents"] - bonus),
        )
        return cur.fetchone()[0]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"
    wbufsize = 65536

    def log_message(self, *args):
        pass

    def answer(self, code, **body):
        data = json.dumps(body).encode() if body else b""
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle_one(self, route):
        trace = uuid.uuid4().hex
        url = urlsplit(self.path)
        self.q = {k: v[0] for k, v in parse_qs(url.query).items()}
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length).decode() if length else ""
        self.body = json.loads(raw) if raw else {}
        self.client = self.headers.get("X-Forwarded-For", "").split(",")[0]
        try:
            route(url.path, trace)
        except LoyaltyMemberNotFound as e:
            log("INFO", "loyalty bonus skipped, asking client to continue without", trace_id=trace, reason=str(e), client_ip=self.client)
            self.answer(409, error="loyalty_member_not_found", trace_id=trace)
        except psycopg2.OperationalError as e:
            log("ERROR", "request failed: cannot connect to database", trace_id=trace, path=self.path, client_ip=self.client, dsn=DSN,
                error=str(e).strip())
            self.answer(503, error="database_unavailable", trace_id=trace)
        except psycopg2.Error as e:
            log("ERROR", "statement failed", trace_id=trace, path=self.path, sqlstate=e.pgcode, error=str(e).strip(), request_body=raw)
            self.answer(422, error="unprocessable", trace_id=trace)
        except (BrokenPipeError, ConnectionResetError):
            log("WARN", "client went away", trace_id=trace, path=self.path)
        except Exception as e:
            log("ERROR", "unhandled exception", trace_id=trace, path=self.path, error=repr(e), stack=traceback.format_exc(limit=3))
            self.answer(500, error="internal", trace_id=trace)

    def do_GET(self):
        self.handle_one(self.get)

    def do_POST(self):
        self.handle_one(self.post)

    def get(self, path, trace):
        if path == "/healthz":
            return self.answer(200, status="ok", release=RELEASE)
        if path.startswith("/api/v1/products"):
            rows = query("SELECT id, title, price_cents FROM products WHERE id = %s", int(path.rsplit("/", 1)[1]) % 400 + 1, tries=1)
            return self.answer(200, product=rows[0])
        if path == "/api/v1/loyalty/lookup":
            rows = query("SELECT loyalty_no FROM customers WHERE email = %s", self.q.get("email"))
            return self.answer(200 if rows else 404, found=bool(rows))
        if path.startswith("/api/v1/orders/"):
            rows = query("SELECT id, total_cents FROM orders WHERE id = %s", int(path.rsplit("/", 1)[1]))
            return self.answer(200 if rows else 404, order=rows[:1])
        if path == "/api/v1/stores":
            return self.answer(200, stores=[f"store-{rng.randrange(90)}"])
        return self.answer(404, error="not_found")

    def post(self, path, trace):
        b = self.body
        if path == "/api/v1/checkout":
            if rng.random() < 0.04:
                log("WARN", "card declined by processor", trace_id=trace, processor_code=rng.choice(["05", "51", "61"]), client_ip=self.client,
                    request_body=json.dumps(b))
                return self.answer(402, error="card_declined", trace_id=trace)
            order_id = checkout(b)
            log("INFO", "order placed", trace_id=trace, order_id=order_id, email=b["email"], client_ip=self.client, total_cents=b["total_cents"])
            return self.answer(201, order_id=order_id)
        if path == "/api/v1/customers":
            query("INSERT INTO customers (email, phone, loyalty_no) VALUES (%s, %s, %s)", b["email"], b["phone"], b.get("loyalty_no"))
            log("INFO", "customer registered", trace_id=trace, email=b["email"], phone=b["phone"], client_ip=self.client)
            return self.answer(201, ok=True)
        if path == "/api/v1/instalments":
            query("INSERT INTO instalment_applications (email, phone, ssn, months) VALUES (%s, %s, %s, %s)",
                  b["email"], b["phone"], b["ssn"], b["months"])
            log("INFO", "instalment application received", trace_id=trace, applicant={"email": b["email"], "ssn": b["ssn"]}, months=b["months"])
            return self.answer(202, ok=True)
        if path == "/api/v1/kiosk/heartbeat":
            if b["drift_ms"] > 800:
                log("WARN", "kiosk clock drift", trace_id=trace, kiosk_mac=b["mac"], kiosk_ip=b["ip"], drift_ms=b["drift_ms"])
            return self.answer(204)
        return self.answer(404, error="not_found")


def monitor():
    while True:
        time.sleep(10)
        log("INFO", "pool stats", pool={"open": pool.open, "in_use": len(pool.lent), "idle": len(pool.idle), "max": pool.limit})


def smoke_test():
    started = time.monotonic()
    before = pool.used
    query("SELECT id FROM products WHERE id = 1")
    conn = pool.get()
    order = {"email": "smoke@acme-outfitters.com", "loyalty_no": "LY0000000", "card": {"number": "0000"}, "total_cents": 1000}
    place(conn, order, loyalty_bonus(conn, order) if LOYALTY_BONUS else 0)
    conn.rollback()
    pool.put(conn)
    log("INFO", "smoke test passed", cases=["product_page", "member_checkout"], connections_leaked=pool.used - before,
        took_ms=round((time.monotonic() - started) * 1000))


def main(address):
    node = ":".join(f"{uuid.getnode():012x}"[i : i + 2] for i in range(0, 12, 2))
    log("INFO", "starting", listen=f"{address}:8080", nic=node, python=sys.version.split()[0], psycopg2=psycopg2.__version__.split()[0])
    log("DEBUG", "effective configuration", config={
        "DATABASE_URL": DSN, "pool_max": pool.limit, "payment_api_key": POOL["ApiKey"][2], "slack_bot_token": POOL["ApiKey"][3],
        "s3_access_key_id": POOL["ApiKey"][0],
        "smtp_password": POOL["Password"][4], "feature_loyalty_bonus": LOYALTY_BONUS})
    limits = {name: query("SELECT current_setting(%s)", name)[0][0]
              for name in ("max_connections", "idle_in_transaction_session_timeout")}
    log("INFO", "database settings", **limits)
    smoke_test()
    threading.Thread(target=monitor, daemon=True).start()
    ThreadingHTTPServer.request_queue_size = 128
    ThreadingHTTPServer((address, 8080), Handler).serve_forever()


main(sys.argv[1])
