"""The little of the Redis protocol (RESP2) that the recorded services need, and their JSON log."""

import json
import socket
import threading
import time
from urllib.parse import urlsplit

guard = threading.Lock()


def logger(service):
    host = socket.gethostname()

    def log(level, msg, **fields):
        now = time.time()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z"
        line = json.dumps({"time": stamp, "level": level, "logger": service, "hostname": host, "message": msg, **fields}, ensure_ascii=False)
        with guard:
            print(line, flush=True)

    return log


class RedisError(Exception):
    pass


class Redis:
    def __init__(self, url):
        u = urlsplit(url)
        self.sock = socket.create_connection((u.hostname, u.port), timeout=5)
        self.file = self.sock.makefile("rb")
        self("AUTH", u.username, u.password)

    def __call__(self, *args):
        parts = [a if isinstance(a, bytes) else str(a).encode() for a in args]
        self.sock.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
        return self.reply()

    def reply(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError("connection closed by Redis")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RedisError(rest.decode())
        if kind == b"+":
            return rest.decode()
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2]
        return None if rest == b"-1" else [self.reply() for _ in range(int(rest))]

    def close(self):
        self.file.close()
        self.sock.close()
