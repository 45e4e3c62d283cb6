#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The intake from a real Kafka that wants TLS and SASL SCRAM-SHA-512, with a certificate authority of its own.

    intake_secure.py --pps build/tools/pps --tool build/tests/servers/kafka-tool [WORD...]

The right password and authority: what the Butler Writer sent is registered. A wrong one, or none: it is said what is wrong, nothing is registered,
no offset moves, no secret is shown, and a service goes on. The last line is `N passed, N failed`.
"""
import json
import os
import socket
import socketserver
import subprocess
import threading
import time
import uuid

import kafka_world

options = kafka_world.options(__doc__)
import harness  # noqa: E402

KAFKA = None
USER, PASSWORD = "pps", "correct horse"
REGISTER = ("run", "--once", "--task", "register")


class BadLine(socketserver.ThreadingTCPServer):
    """An address before the broker's own: the first connection is cut, the others have to wait until a first look at the broker is over."""
    daemon_threads = True

    def __enter__(self):
        self.connections = 0
        threading.Thread(target=self.serve_forever, kwargs=dict(poll_interval=0.05), daemon=True).start()
        return f"127.0.0.1:{self.server_address[1]}"

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def finish_request(self, request, _):
        self.connections += 1
        if self.connections > 1:
            time.sleep(0.5)
            host, port = KAFKA.secure.split(":")
            with socket.create_connection((host, int(port))) as far:
                threading.Thread(target=self.pass_on, args=(far, request), daemon=True).start()
                self.pass_on(request, far)

    def handle_error(self, *_):
        pass

    @staticmethod
    def pass_on(source, target):
        try:
            while piece := source.recv(65536):
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Secure(harness.Case):
    def secure_world(self, brokers=None, **properties):
        world = self.world(init=False)
        world.topic = KAFKA.topic()
        world.edit("pps.yaml", "{butler: main}", "{butler: main, from: embargo, transfer: copy}")
        with open(world.path("password"), "w") as f:
            f.write(PASSWORD + "\n")
        given = {"security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": USER, "sasl.password_file": "password",
                 "ssl.ca.location": KAFKA.authority, **properties}
        with open(world.config, "a") as f:
            f.write("policies:\n  - {types: [raw], embargo_hours: 80, public: false, retention_days: forever}\n"
                    f"intake:\n  kafka:\n    brokers: {brokers or KAFKA.secure}\n    topic: {world.topic}\n    batch_root: batches\n    properties:\n"
                    f"      {kafka_world.SESSION.replace(', ', chr(10) + '      ')}\n"
                    + "".join(f"      {k}: {json.dumps(v)}\n" for k, v in given.items() if v))
        self.pps(world, "init")
        world.ids = [str(uuid.UUID(i)) for (i,) in world.sql("embargo", "SELECT id FROM dataset ORDER BY id")]
        os.makedirs(world.path("batches"))
        batch = str(uuid.uuid4())
        with open(world.path("batches", "one.json"), "w") as f:
            json.dump({"batch_id": batch, "datasets": world.ids[:5]}, f)
        KAFKA.produce(world.topic, [json.dumps({"type": "batch-ingested", "batch_id": batch, "origin": "prompt_processing", "batch_file": "one.json"})], "commit")
        return world

    def registered(self, world):
        return {str(uuid.UUID(i)) for (i,) in world.sql("state", "SELECT id FROM dataset")}

    def refused(self, *words, brokers=None, **properties):
        world = self.secure_world(brokers, **properties)
        lag = KAFKA.lag(world.topic)
        done = self.run_pps("-c", world.config, *REGISTER)
        for word in ("intake.kafka", brokers or KAFKA.secure, "passed over", *words):
            self.assertIn(word, done.stderr)
        self.assertEqual(done.returncode, 4)
        self.assertNotIn(PASSWORD, done.stdout + done.stderr)
        self.assertNotIn("wrong horse", done.stdout + done.stderr)
        self.assertEqual(self.registered(world), set())
        self.assertEqual(KAFKA.lag(world.topic), lag)
        return world

    def test_all_is_right(self):
        world = self.secure_world()
        self.pps(world, *REGISTER)
        self.assertEqual(self.registered(world), set(world.ids[:5]))
        self.assertLessEqual(KAFKA.lag(world.topic), 1)
        shown = self.pps(world, "config", "show").stdout
        self.assertNotIn(PASSWORD, shown)

    def test_password_of_the_environment(self):
        world = self.secure_world(**{"sasl.password_file": None, "sasl.password": "${PPS_TEST_PASSWORD}"})
        self.pps(world, *REGISTER, env={"PPS_TEST_PASSWORD": PASSWORD})
        self.assertEqual(self.registered(world), set(world.ids[:5]))

    def test_wrong_password(self):
        self.refused("uthentication", **{"sasl.password_file": None, "sasl.password": "wrong horse"})

    def test_wrong_authority(self):
        self.refused("certificate", **{"ssl.ca.location": KAFKA.other_authority})

    def test_wrong_authority_behind_a_bad_line(self):
        """What is told is what a person must mend, not that nobody answered at first."""
        with BadLine(("127.0.0.1", 0), None) as address:
            self.refused("certificate", brokers=address, **{"ssl.ca.location": KAFKA.other_authority})

    def test_the_systems_authorities(self):
        self.refused("certificate", **{"ssl.ca.location": None})

    def test_no_tls(self):
        """What a broker that speaks TLS makes of a client that does not cannot be told from other trouble; it is named, and nothing comes in."""
        self.refused(**{"security.protocol": "SASL_PLAINTEXT"})


if __name__ == "__main__":
    # the newest that takes the SCRAM of librdkafka before 2.6.1, which Debian has
    os.environ.update(PPS_KAFKA_TLS=f"{USER}:{PASSWORD}", PPS_KAFKA_VERSION="3.9.1")
    with kafka_world.Kafka(options.tool, own=True) as KAFKA:
        env = dict(line.split("=", 1) for line in KAFKA.script("env").splitlines())
        KAFKA.secure, KAFKA.authority = env["PPS_TEST_KAFKA_TLS"], env["PPS_TEST_KAFKA_CA"]
        KAFKA.other_authority = f"{KAFKA.folder}/other.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-out", KAFKA.other_authority, "-subj", "/CN=other",
                        "-days", "30"], check=True, capture_output=True)
        harness.main()
