"""Tills, terminals and shops: load.py POOL SECONDS. About nineteen requests a second."""

import http.client
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlencode

from plant import rng, skewed

POOL = json.load(open(sys.argv[1]))
SECONDS = float(sys.argv[2])
MERCHANTS = ["Café Zürich", "Bäckerei Grün", "L’Épicerie", "Smørrebrød & Co", "寿司まる", "Żabka 21", "Trattoria Perù", "Outdoor-Läden Köln",
             "Naïve Café", "Кофейня №7"]
AGENTS = ["AcmePOS/4.2 (Windows 10 IoT; Kasse Süd)", "AcmePOS/4.1 (Windows 10 IoT)", "TerminalFW/3.9", "AcmePay-Node/2.0",
          "AcmePOS/4.2 (caisse n°3)"]


def visit():
    merchant = skewed(MERCHANTS)
    headers = {"Host": "pay.acme-outfitters.com", "User-Agent": rng.choice(AGENTS).encode(), "X-Merchant": merchant.encode()}
    headers["X-Forwarded-For"] = skewed(POOL["IPv6"]) if rng.random() < 0.3 else skewed(POOL["IPv4"][:60])
    if rng.random() < 0.3:
        headers["Authorization"] = "Bearer " + skewed(POOL["BearerToken"])
    elif rng.random() < 0.12:
        headers["X-Api-Key"] = skewed(POOL["ApiKey"])
    kind, body, method = rng.random(), None, "GET"
    mail = skewed(POOL["Email"])
    if kind < 0.42:
        method, path = "POST", "/pay/v1/authorize"
        body = json.dumps({
            "merchant": merchant, "email": mail, "cents": rng.randrange(120, 40000), "card": skewed(POOL["CreditCard"]),
            "terminal": {"mac": skewed(POOL["MacAddress"]), "ip": skewed(POOL["IPv4"][60:]), "firmware": rng.randrange(3, 40)},
        }, ensure_ascii=False).encode()
    elif kind < 0.70:
        path = f"/pay/v1/receipts/{quote(merchant)}/{rng.randrange(10**6)}?email={quote(mail, safe='') if rng.random() < 0.7 else mail}"
    elif kind < 0.78:
        path = f"/pay/v1/refunds/{rng.randrange(10**5)}?token={skewed(POOL['Jwt'])}"
    elif kind < 0.81:
        path = "/pay/v1/terminals/login?" + urlencode({"till": f"till-{rng.randrange(40):02d}", "password": skewed(POOL["Password"][1:])}, safe="!*~")
    elif kind < 0.83:
        path = "/pay/v1/payouts?" + urlencode({"email": mail, "ssn": skewed(POOL["Ssn"]), "phone": skewed(POOL["PhoneNumber"])})
    elif kind < 0.87:
        path = "/healthz"
    else:
        path = f"/pay/v1/rates/{rng.choice(['EUR', 'CHF', 'SEK', 'PLN', 'JPY'])}"
    conn = http.client.HTTPConnection("10.70.1.10", 80, timeout=9, source_address=(rng.choice(["10.70.0.11", "10.70.0.12"]), 0))
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
        time.sleep(rng.expovariate(20))
