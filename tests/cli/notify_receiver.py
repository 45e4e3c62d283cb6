#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A receiver of webhooks that trusts nothing but the signature: what a site needs to take notices.

    notify_receiver.py PORT SECRET_FILE     prints each notice that is new, as a line of JSON; PORT 0: any, printed first
"""
import hashlib
import hmac
import http.server
import json
import sys
import time

AGE = 300  # seconds that a call may be old: it cannot be played back later


def is_genuine(secret, timestamp, signature, body, now):
    expected = "sha256=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, signature) and timestamp.isdigit() and abs(now - int(timestamp)) <= AGE


class Receiver(http.server.BaseHTTPRequestHandler):
    secret, last = b"", 0

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        genuine = is_genuine(self.secret, self.headers.get("X-PPS-Timestamp", ""), self.headers.get("X-PPS-Signature", ""), body, time.time())
        self.send_response(204 if genuine else 403)
        self.end_headers()
        for notice in json.loads(body)["notices"] if genuine else []:
            if notice["seq"] > Receiver.last:  # what comes again after a crash is known by its number
                Receiver.last = notice["seq"]
                print(json.dumps(notice), flush=True)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    with open(sys.argv[2], "rb") as f:
        Receiver.secret = f.read().rstrip(b"\r\n")
    server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
    if sys.argv[1] == "0":
        print(server.server_address[1], flush=True)
    server.serve_forever()
