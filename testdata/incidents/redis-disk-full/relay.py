"""queue-relay: takes orders from the Redis stream to the warehouse. At level debug it traces every order to TRACE_DIR, which defaults to Redis's
own data directory. `relay.py seed` fills Redis with what a long-running system would hold. Logs JSON lines on stdout."""

import json
import os
import sys
import time

from resp import Redis, RedisError, logger

log = logger("queue-relay")
URL = os.environ["REDIS_URL"]


def seed():
    r = Redis(URL)
    for i in range(3600):
        r("SET", f"catalog:{i}", os.urandom(1200))
    r("SET", "health:probe", "1")


class Trace:
    """The debug trace; a full disk stops the trace, not the relay."""

    def __init__(self, path):
        self.path, self.file, self.failing = path, open(path, "ab", buffering=0), False

    def write(self, order):
        at, body = time.strftime("%FT%TZ", time.gmtime()), json.dumps(order, indent=4)
        stages = ("received", "validated", "mapped", "sent", "acknowledged")
        text = "".join(f"{at} TRACE order {order['order_ref']} {stage}\n{body}\n" for stage in stages).encode()
        try:
            self.file.write(text)
            self.failing = False
        except OSError as e:
            if not self.failing:
                log("warn", "trace write failed, dropping trace", path=self.path, error=str(e))
            self.failing = True


def main():
    level = os.environ["LOG_LEVEL"]
    trace_dir = os.environ.get("TRACE_DIR") or os.environ["REDIS_DATA_DIR"]
    pool = json.load(open(os.environ["POOL"]))
    log("info", "starting", change=os.environ["CHANGE"], log_level=level, trace_dir=trace_dir,
        trace_dir_source="TRACE_DIR" if os.environ.get("TRACE_DIR") else "default: REDIS_DATA_DIR",
        trace_max_bytes=None, trace_expires=None,
        config={"redis_url": URL, "warehouse_url": os.environ["WAREHOUSE_URL"], "warehouse_token": pool["ApiKey"][1],
                "slack_bot_token": pool["ApiKey"][3]})
    trace = Trace(os.path.join(trace_dir, "relay-trace.log")) if level == "debug" else None
    redis, last, count, mark, failing = Redis(URL), "$", 0, time.monotonic(), False
    while True:
        try:
            entries = redis("XREAD", "COUNT", 50, "BLOCK", 1000, "STREAMS", "orders", last)
            for entry_id, fields in entries[0][1] if entries else []:
                last = entry_id
                order = json.loads(fields[1])
                count += 1
                if trace:
                    trace.write(order)
            if entries:
                redis("XTRIM", "orders", "MAXLEN", "~", 4000)
            if failing:
                log("info", "trimming works again")
            failing = False
        except RedisError as e:
            if not failing:
                log("error", "trim of stream refused", stream="orders", error=str(e))
            failing = True
            time.sleep(0.5)
        if time.monotonic() - mark >= 15:
            stat = os.statvfs(trace_dir)
            used = round(100 * (1 - stat.f_bavail / stat.f_blocks), 1)
            log("info", "relay stats", forwarded=count, last_id=last if isinstance(last, str) else last.decode(),
                trace_bytes=os.fstat(trace.file.fileno()).st_size if trace else 0, volume_used_percent=used)
            mark = time.monotonic()


if sys.argv[1:] == ["seed"]:
    seed()
else:
    main()
