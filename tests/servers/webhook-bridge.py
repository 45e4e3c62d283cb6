#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Takes a Ceph's bucket notifications by HTTP and puts each record on a Kafka topic, as a gateway with a Kafka endpoint would.

    webhook-bridge.py --brokers HOST:PORT --topic TOPIC --tool build/tests/servers/kafka-tool [--port PORT] [--drop N]

When it listens it prints `PPS_TEST_NOTIFY=http://127.0.0.1:PORT`; it ends on SIGTERM, SIGINT, or when the process that
started it has ended. A notification is answered with 200 after Kafka has stored its records. With --drop every Nth record is answered and
lost, as it happens. GET gives the numbers of records stored and dropped as JSON.
"""
import argparse
import http.server
import json
import os
import signal
import subprocess
import threading
import time


class Kafka:
    """Messages through one `kafka-tool produce`, begun again when it ends."""

    def __init__(self, tool, brokers, topic):
        self.command, self.process, self.lock = [tool, "produce", brokers, topic], None, threading.Lock()

    def put(self, text):
        with self.lock:
            for _ in range(2):
                if self.process is None or self.process.poll() is not None:
                    self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
                try:
                    self.process.stdin.write(text.encode() + b"\n")
                    self.process.stdin.flush()
                except BrokenPipeError:
                    pass
                if self.process.stdout.readline():
                    return True
                self.process.wait()
            return False

    def close(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait()


def handler(kafka, drop):
    counts, lock = {"stored": 0, "dropped": 0}, threading.Lock()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self, code, body=b""):
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            self.answer(200, json.dumps(counts).encode())

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                records = json.loads(body)["Records"]
            except (ValueError, KeyError, TypeError):
                return self.answer(400)
            for record in records:
                with lock:
                    lose = drop and (counts["stored"] + counts["dropped"]) % drop == drop - 1
                    counts["dropped" if lose else "stored"] += 1
                if not lose and not kafka.put(json.dumps({"Records": [record]}, separators=(",", ":"))):
                    return self.answer(500)
            return self.answer(200)

        def log_message(self, *_):
            pass

    return Handler


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--drop", type=int, default=0)
    options = parser.parse_args()
    kafka = Kafka(os.path.abspath(options.tool), options.brokers, options.topic)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), handler(kafka, options.drop))
    server.daemon_threads = True

    def end(*_):
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    print(f"PPS_TEST_NOTIFY=http://127.0.0.1:{server.server_address[1]}", flush=True)

    def watch(parent=os.getppid()):
        while os.getppid() == parent:
            time.sleep(0.5)
        end()

    threading.Thread(target=watch, daemon=True).start()
    server.serve_forever(poll_interval=0.1)
    kafka.close()


if __name__ == "__main__":
    main()
