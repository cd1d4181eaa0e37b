"""The asset scanner: scanner.py HOST. Grabs banners, and by a fault of its own never closes a connection. Logs on stdout."""

import socket
import sys
import time

held = []
while True:
    stamp = time.strftime("%FT%TZ", time.gmtime())
    try:
        sock = socket.create_connection((sys.argv[1], 22), timeout=3)
        banner = sock.recv(200).decode(errors="replace").strip()
        if banner.startswith("SSH-"):
            held.append(sock)
            what = f'level=info msg="banner read" source={sock.getsockname()[0]} banner="{banner}"'
        else:
            what = f'level=warn msg="no banner" got="{banner}"'
            sock.close()
    except OSError as e:
        what = f'level=warn msg="scan failed" error="{e}"'
    print(f"ts={stamp} target={sys.argv[1]}:22 {what} open={len(held)}", flush=True)
    time.sleep(1.5)
