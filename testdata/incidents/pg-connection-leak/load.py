"""The shop's visitors: load.py POOL SECONDS. About sixteen requests a second, as the public load balancer passes them on.

After 75 seconds a campaign begins: more visitors, and many of them guests without a loyalty number.
"""

import http.client
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlencode

from plant import rng, skewed

POOL = json.load(open(sys.argv[1]))
SECONDS = float(sys.argv[2])
EDGE = "10.40.1.10"
CAMPAIGN = 75
AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "AcmeShop/7.3.1 (Android 15)",
    "AcmeShop/7.2.0 (iOS 18.1)",
]
MEMBERS = POOL["Email"][:24]
GUESTS = POOL["Email"][24:]
MAPS_KEYS = [k for k in POOL["ApiKey"] if k.startswith(("AIza", "ghp_", "glpat-"))]
start = time.monotonic()


def xff():
    kind = rng.random()
    if kind < 0.62:
        return skewed(POOL["IPv4"][:60])
    if kind < 0.80:
        return skewed(POOL["IPv6"])
    return f"{skewed(POOL['IPv4'][:60])}, {skewed(POOL['IPv4'][60:])}"


def request():
    """Returns method, path, headers and body of one visitor's request."""
    campaign = time.monotonic() - start > CAMPAIGN
    headers = {"User-Agent": rng.choice(AGENTS + AGENTS[3:] * 2), "X-Forwarded-For": xff(), "Host": "shop.acme-outfitters.com"}
    if rng.random() < 0.22:
        headers["Authorization"] = "Bearer " + skewed(POOL["BearerToken"])
    if rng.random() < 0.4:
        page = rng.choice(["", "sale", "cart", f"p/{rng.randrange(400)}", "?utm_source=blackweek"])
        headers["Referer"] = "https://shop.acme-outfitters.com/" + page
    kind = rng.random()
    if kind < 0.56:
        return "GET", f"/api/v1/products/{int(rng.paretovariate(1.1) * 7) % 400}", headers, None
    if kind < 0.68:
        mail = skewed(POOL["Email"])
        how = rng.random()
        q = "email=" + (quote(mail, safe="") if how < 0.7 else mail)
        if rng.random() < 0.3:
            q += "&" + urlencode({"phone": skewed(POOL["PhoneNumber"])})
        return "GET", f"/api/v1/loyalty/lookup?{q}", headers, None
    if kind < 0.725:
        return "GET", f"/api/v1/orders/{rng.randrange(1, 300)}?token={skewed(POOL['Jwt'])}", headers, None
    if kind < 0.77:
        return "POST", "/api/v1/kiosk/heartbeat", headers, {
            "mac": skewed(POOL["MacAddress"]), "ip": skewed(POOL["IPv4"][60:]), "drift_ms": int(rng.expovariate(1 / 400))}
    if kind < 0.785:
        return "GET", "/api/v1/session/renew?" + urlencode({"user": skewed(MEMBERS), "password": skewed(POOL["Password"][5:])}), headers, None
    if kind < 0.80:
        near = f"{rng.uniform(47, 54):.3f},{rng.uniform(6, 14):.3f}"
        return "GET", "/api/v1/stores?" + urlencode({"near": near, "key": skewed(MAPS_KEYS)}), headers, None
    contact = {"email": skewed(MEMBERS), "phone": skewed(POOL["PhoneNumber"])}
    if kind < 0.817:
        return "POST", "/api/v1/instalments", headers, contact | {
            "ssn": skewed(POOL["Ssn"]), "months": rng.choice([3, 6, 12, 24, 18])}
    if kind < 0.84:
        return "POST", "/api/v1/customers", headers, contact | {"loyalty_no": f"LY{rng.randrange(10**7):07d}"}
    if kind < 0.85:
        return "GET", rng.choice(["/favicon.ico", "/.env", "/wp-login.php", "/apple-touch-icon.png", "/robots.txt"]), headers, None
    guest = rng.random() < (0.16 if campaign else 0.01)
    order = {"email": skewed(GUESTS) if guest else skewed(MEMBERS), "phone": contact["phone"],
             "card": {"number": skewed(POOL["CreditCard"]), "exp": f"{rng.randrange(1, 13):02d}/{rng.randrange(27, 31)}"},
             "total_cents": rng.choice([1999, 4599, 8900, 12750, 23900, 410000 if rng.random() < 0.1 else 5900])}
    if not guest:
        order["loyalty_no"] = f"LY{rng.randrange(10**7):07d}"
    return "POST", "/api/v1/checkout", headers, order


def visit():
    method, path, headers, body = request()
    source = rng.choice(["10.40.0.5", "10.40.0.6"])
    conn = http.client.HTTPConnection(EDGE, 80, timeout=9, source_address=(source, 0))
    try:
        conn.request(method, path, json.dumps(body) if body else None, headers | ({"Content-Type": "application/json"} if body else {}))
        conn.getresponse().read()
    except OSError:
        pass
    finally:
        conn.close()


with ThreadPoolExecutor(200) as visitors:
    while (now := time.monotonic() - start) < SECONDS:
        visitors.submit(visit)
        time.sleep(rng.expovariate(19 if now > CAMPAIGN else 16))
