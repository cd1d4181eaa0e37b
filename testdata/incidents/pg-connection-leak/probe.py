"""The health probe of the load balancer: probe.py ADDRESS INTERVAL SECONDS."""

import http.client
import sys
import time

address, interval, seconds = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
end = time.monotonic() + seconds
while time.monotonic() < end:
    try:
        conn = http.client.HTTPConnection(address, 80, timeout=3)
        conn.request("GET", "/healthz", headers={"User-Agent": "kube-probe/1.29"})
        conn.getresponse().read()
    except OSError:
        pass
    time.sleep(interval)
