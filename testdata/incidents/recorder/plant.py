"""Invents the values that a recording plants: random, well-formed, and nobody's.

A pool maps a type of value to a list of originals. Cards come from test ranges, telephone numbers from the ranges that regulators reserve for
fiction, mail domains from vendors' sample companies, keys and tokens from the system's random source. Run as a program it writes one pool as
JSON: plant.py OUT.
"""

import base64
import ipaddress
import json
import random
import string
import sys

rng = random.SystemRandom()

WORDS = (
    "kestrel orchard billing lantern harbor quartz tundra maple cobalt signal meadow ember pilot canyon willow anchor "
    "falcon copper aurora summit ledger prairie cinder vector juniper glacier saffron breeze thicket onyx"
).split()
DOMAINS = (
    "northwind-mail.com contoso-retail.co.uk fabrikam.io tailspintoys.net acme-outfitters.com wingtip-post.de "
    "adventure-works.org litware.fr proseware.com.au mail.woodgrove-bank.com"
).split()
B62 = string.ascii_letters + string.digits
B64URL = B62 + "-_"


def chars(alphabet, n):
    return "".join(rng.choice(alphabet) for _ in range(n))


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def email():
    w = rng.choice(WORDS)
    local = rng.choice(
        [
            f"{w}.{rng.randrange(1000, 9999)}",
            f"{w}_{rng.choice(WORDS)}{rng.randrange(10, 99)}",
            f"{w}-{rng.choice(WORDS)}",
            f"{w}{rng.randrange(1950, 2009)}+shop",
            f"{w[0].upper()}{w[1:]}.{rng.choice(WORDS).capitalize()}{rng.randrange(10, 99)}",
        ]
    )
    return f"{local}@{rng.choice(DOMAINS)}"


def public_v4():
    while True:
        ip = ipaddress.IPv4Address(rng.getrandbits(32))
        if ip.is_global and not ip.is_multicast and 1 < int(ip) >> 24 < 224:
            return str(ip)


def private_v4():
    net = rng.choice(["10.60.0.0/14", "172.20.0.0/16", "192.168.0.0/16", "10.8.0.0/16"])
    return str(ipaddress.ip_network(net)[rng.randrange(260, 65000)])


def v6():
    prefix = rng.choice(["2a02:8109", "2600:1700", "2001:4860", "2a00:23c6", "2409:8a28", "2804:14c", "fd12:3456", "2001:16b8"])
    head = int(ipaddress.IPv6Address(prefix + "::"))
    tail = rng.getrandbits(rng.choice([12, 16, 64, 64, 80]))
    net = rng.getrandbits(16) << 80 | rng.getrandbits(8) << 64
    return str(ipaddress.IPv6Address(head | net | tail))


def mac():
    oui = rng.choice(["3c:5a:b4", "00:1b:44", "a4:83:e7", "f0:18:98", "52:54:00", "dc:a6:32", "b8:27:eb"])
    m = oui + "".join(":%02x" % rng.randrange(256) for _ in range(3))
    return rng.choice([m, m, m.upper(), m.upper().replace(":", "-")])


def phone():
    # 555-0100 to 555-0199 (NANPA), 020 7946 0xxx and 0117 496 0xxx (Ofcom), (030) 23125 xxx (BNetzA), 01 99 00 xx xx (ARCEP)
    area = rng.choice([206, 212, 303, 312, 415, 512, 617, 702, 808])
    return rng.choice(
        [
            f"+1{area}55501{rng.randrange(100):02d}",
            f"+1 {area}-555-01{rng.randrange(100):02d}",
            f"({area}) 555-01{rng.randrange(100):02d}",
            f"+44 20 7946 0{rng.randrange(1000):03d}",
            f"+441174960{rng.randrange(1000):03d}",
            f"+49 30 23125 {rng.randrange(1000):03d}",
            f"+33 1 99 00 {rng.randrange(100):02d} {rng.randrange(100):02d}",
        ]
    )


def ssn():
    return f"{rng.randrange(773, 899)}-{rng.randrange(1, 99):02d}-{rng.randrange(1, 9999):04d}"


def card():
    prefix, length = rng.choice([("424242", 16), ("400005", 16), ("555555", 16), ("520082", 16), ("378282", 15), ("601111", 16)])
    digits = prefix + chars(string.digits, length - len(prefix) - 1)
    total = 0
    for i, d in enumerate(reversed(digits)):
        n = int(d) * (2 if i % 2 == 0 else 1)
        total += n - 9 if n > 9 else n
    digits += str(-total % 10)
    if length == 15:
        return rng.choice([digits, f"{digits[:4]} {digits[4:10]} {digits[10:]}"])
    four = [digits[i : i + 4] for i in range(0, 16, 4)]
    return rng.choice([digits, digits, " ".join(four), "-".join(four)])


def password():
    # no character that a URL would have to escape
    body = [rng.choice(string.ascii_uppercase), rng.choice(string.digits), rng.choice("!~_-.*")] + list(chars(B62, rng.randrange(9, 15)))
    rng.shuffle(body)
    return rng.choice(string.ascii_letters) + "".join(body) + rng.choice(B62)


API_KEYS = (
    lambda: "AKIA" + chars(string.ascii_uppercase + "234567", 16),
    lambda: "ghp_" + chars(B62, 36),
    lambda: "sk_live_" + chars(B62, 24),
    lambda: f"xoxb-{chars(string.digits[1:], 12)}-{chars(string.digits[1:], 12)}-{chars(B62, 24)}",
    lambda: "AIza" + chars(B64URL[:-2], 35),
    lambda: "glpat-" + chars(B62, 20),
)


def api_keys(rounds):
    """Keys of every kind in a fixed order: AWS, GitHub, Stripe, Slack, Google, GitLab; then again."""
    return [make() for _ in range(rounds) for make in API_KEYS]


def jwt(**claims):
    now = 1_795_000_000 + rng.randrange(5_000_000)
    payload = {"iss": "https://id.acme-outfitters.com", "sub": chars(string.hexdigits.lower()[:16], 24), "iat": now, "exp": now + 3600} | claims
    head = rng.choice([{"alg": "HS256", "typ": "JWT"}, {"alg": "RS256", "typ": "JWT", "kid": chars(B62, 8)}])
    return ".".join(b64url(json.dumps(p, separators=(",", ":")).encode()) for p in (head, payload)) + "." + b64url(rng.randbytes(32))


def bearer():
    return rng.choice(["", "acm_at_", "oat-"]) + chars(B64URL[:-2], rng.choice([32, 40, 43]))


def many(make, n):
    out = []
    while len(out) < n:
        v = make()
        if v not in out:
            out.append(v)
    return out


def pool(scale=1):
    return {
        "Email": many(email, 48 * scale),
        "IPv4": many(public_v4, 60 * scale) + many(private_v4, 24 * scale),
        "IPv6": many(v6, 20 * scale),
        "MacAddress": many(mac, 18 * scale),
        "PhoneNumber": many(phone, 24 * scale),
        "Ssn": many(ssn, 10 * scale),
        "CreditCard": many(card, 24 * scale),
        "BearerToken": many(bearer, 20 * scale),
        "ApiKey": api_keys(2 * scale),
        "Password": many(password, 16 * scale),
        "Jwt": many(jwt, 14 * scale),
        "UrlWithCredentials": [],
        "PrivateKey": [],
        "Hostname": [],
    }


def skewed(values):
    """Picks one value; those at the front come more often, as real customers do."""
    return values[min(int(rng.expovariate(3.0) * len(values)), len(values) - 1)]


if __name__ == "__main__":
    with open(sys.argv[1], "w") as f:
        json.dump(pool(), f, indent=1)
