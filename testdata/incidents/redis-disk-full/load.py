"""Order clients behind the content network: load.py POOL SECONDS. About twenty-two requests a second."""

import http.client
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlencode

from plant import chars, rng, skewed

POOL = json.load(open(sys.argv[1]))
SECONDS = float(sys.argv[2])
SOURCES = ["10.50.0.7", "10.50.0.8", "10.50.0.9"]
PARTNER_KEYS = POOL["ApiKey"]
recent = ["A0000000"]


def order():
    ref = chars("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 8)
    recent.append(ref)
    return {
        "order_ref": ref,
        "customer": {"email": skewed(POOL["Email"]), "phone": skewed(POOL["PhoneNumber"])},
        "payment": {"card_number": skewed(POOL["CreditCard"]), "exp": f"{rng.randrange(1, 13):02d}/{rng.randrange(27, 31)}"},
        "device": {"mac": skewed(POOL["MacAddress"]), "ip": skewed(POOL["IPv4"][60:]), "battery": rng.randrange(100)},
        "age_check": {"ssn": skewed(POOL["Ssn"])} if rng.random() < 0.04 else None,
        "lines": [
            {"sku": f"SKU-{rng.randrange(9000):04d}", "qty": rng.randrange(1, 5), "cents": rng.randrange(300, 20000)}
            for _ in range(rng.randrange(2, 7))
        ],
    }


def visit():
    headers = {"Host": "orders.acme-outfitters.com", "User-Agent": "AcmeOrders/2.8"}
    headers["X-Forwarded-For"] = skewed(POOL["IPv6"]) if rng.random() < 0.3 else skewed(POOL["IPv4"][:60])
    if rng.random() < 0.4:
        headers["Authorization"] = "Bearer " + skewed(POOL["BearerToken"])
    elif rng.random() < 0.3:
        headers["X-Api-Key"] = skewed(PARTNER_KEYS)
    kind, body, method = rng.random(), None, "GET"
    if kind < 0.55:
        method, path, body = "POST", "/v2/orders", json.dumps(order())
    elif kind < 0.72:
        mail = skewed(POOL["Email"])
        path = f"/v2/orders/track?ref={rng.choice(recent[-200:])}&email={quote(mail, safe='') if rng.random() < 0.6 else mail}"
        if rng.random() < 0.08:
            path += "&" + urlencode({"password": skewed(POOL["Password"][2:])}, safe="!*~")
    elif kind < 0.80:
        path = f"/v2/orders/track?ref={rng.choice(recent[-200:])}&access_token={skewed(POOL['Jwt'])}"
    elif kind < 0.82:
        path = "/v2/scanners?" + urlencode({"mac": skewed(POOL["MacAddress"]), "gw": skewed(POOL["IPv4"][60:])}, safe=":")
    else:
        path = f"/v2/catalog/{int(rng.paretovariate(1.2) * 5) % 3600}"
    conn = http.client.HTTPConnection("10.50.1.10", 80, timeout=9, source_address=(rng.choice(SOURCES), 0))
    try:
        conn.request(method, path, body, headers)
        conn.getresponse().read()
    except OSError:
        pass
    finally:
        conn.close()


start = time.monotonic()
with ThreadPoolExecutor(120) as clients:
    while time.monotonic() - start < SECONDS:
        clients.submit(visit)
        time.sleep(rng.expovariate(23))
