"""The certificate monitor: exporter.py FILE. Every fifteen seconds writes how long the certificate in FILE has left (the file: not the wire)."""

import datetime
import re
import subprocess
import sys
import time

path = sys.argv[1]
while True:
    out = subprocess.run(["openssl", "x509", "-in", path, "-noout", "-enddate"], capture_output=True, text=True).stdout
    end = datetime.datetime.strptime(re.search("notAfter=(.*)", out)[1], "%b %d %H:%M:%S %Y GMT").replace(tzinfo=datetime.timezone.utc)
    left = int((end - datetime.datetime.now(datetime.timezone.utc)).total_seconds())
    state = "ok" if left > 60 else "warning"
    print(f"ts={time.strftime('%FT%TZ', time.gmtime())} probe=file path={path} cert_expiry_seconds={left} alert={state}", flush=True)
    time.sleep(15)
