# SPDX-License-Identifier: BSD-3-Clause
"""A proxy before an HTTP server that lies where a rule tells it to, for tests of what depends on that server.

    with Proxy("http://127.0.0.1:8080") as proxy:
        proxy.add(Rule("POST", "/dids/attachments", error(503), times=2))
        run(proxy.url)
        assert proxy.rules_used()

A rule is used for the first `times` requests that it matches, after the first `skip`. What a rule does: `error(...)` answers by
itself; `reset` closes at once, `reset_after` after half of the server's answer, `lost` after the server has done what it was asked,
without an answer; `stall` says nothing until the client gives up; `short` ends the answer before its Content-Length; `hook(f)` calls
f(path) before the request goes on; `header(name, value)` changes what the server gets to see,
`altered(name, value)` what the client does.
"""

import http.client
import http.server
import re
import socket
import struct
import threading
import urllib.parse

END_TO_END = {"connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade", "expect"}


class Rule:
    def __init__(self, method, path, action, times=1, skip=0):
        self.method, self.path, self.action, self.times, self.skip, self.used = method, re.compile(path), action, times, skip, 0

    def takes(self, method, path):
        """Whether this request is one for it; counts."""
        if not re.fullmatch(self.method, method) or not self.path.search(urllib.parse.unquote(path)):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.used >= self.times:
            return False
        self.used += 1
        return True


def error(status, body=b"", **headers):
    """An answer of the proxy's own; in names of headers `_` stands for `-`."""
    def act(handler, request):
        handler.answer(status, {k.replace("_", "-"): v for k, v in headers.items()}, body)
    return act


def reset(handler, request):
    handler.drop()


def stall(handler, request):
    handler.server.ended.wait(600)
    handler.close_connection = True


def cut(hard):
    """Sends half of the server's answer under its whole Content-Length, then ends the connection: with a reset, or as if all were well."""
    def act(handler, request):
        status, headers, body = handler.forward(request)
        handler.head(status, headers, len(body))
        handler.wfile.write(body[:len(body) // 2])
        handler.wfile.flush()
        if hard:
            handler.drop()
        handler.close_connection = True
    return act


reset_after, short = cut(True), cut(False)


def lost(handler, request):
    handler.forward(request)
    handler.drop()


def hook(function):
    def act(handler, request):
        function(request[1])
        handler.answer(*handler.forward(request))
    return act


def header(name, value):
    def act(handler, request):
        method, path, headers, body = request
        handler.answer(*handler.forward((method, path, [(k, v) for k, v in headers if k.lower() != name.lower()] + [(name, value)], body)))
    return act


def altered(name, value):
    def act(handler, request):
        status, headers, body = handler.forward(request)
        handler.answer(status, [(k, v) for k, v in headers if k.lower() != name.lower()] + [(name, value)], body)
    return act


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 300

    def setup(self):
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.upstream = None

    def log_message(self, *_):
        pass

    def drop(self):
        """A reset instead of an end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        try:
            self.connection.close()
        except OSError:
            pass

    def forward(self, request):
        method, path, headers, body = request
        for attempt in (1, 2):  # a kept connection may have been closed meanwhile
            if self.upstream is None:
                self.upstream = http.client.HTTPConnection(self.server.host, timeout=300)
            try:
                self.upstream.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
                for name, value in headers:
                    if name.lower() not in END_TO_END:
                        self.upstream.putheader(name, value)
                self.upstream.endheaders(body or None)
                answer = self.upstream.getresponse()
                return answer.status, answer.getheaders(), answer.read()
            except (OSError, http.client.HTTPException):
                self.upstream.close()
                self.upstream = None
                if attempt == 2:
                    return 502, [], b""

    def head(self, status, headers, length):
        self.send_response_only(status)
        for name, value in headers.items() if isinstance(headers, dict) else headers:
            if name.lower() not in END_TO_END and (name.lower() != "content-length" or self.command == "HEAD"):
                self.send_header(name, value)
        if self.command != "HEAD" and status not in (204, 304):
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def answer(self, status, headers, body):
        self.head(status, headers, len(body))
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_any(self):
        size = int(self.headers.get("Content-Length") or 0)
        request = (self.command, self.path, list(self.headers.items()), self.rfile.read(size) if size else b"")
        try:
            action = self.server.proxy.action(self.command, self.path)
            if action:
                action(self, request)
            else:
                self.answer(*self.forward(request))
        except OSError:
            self.close_connection = True

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any

    def finish(self):
        if self.upstream:
            self.upstream.close()
        try:
            super().finish()
        except OSError:
            pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        pass


class Proxy:
    def __init__(self, upstream):
        self.lock, self.rules, self.seen = threading.Lock(), [], []
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.proxy, self.server.host, self.server.ended = self, urllib.parse.urlsplit(upstream).netloc, threading.Event()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs=dict(poll_interval=0.05), daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.server.ended.set()
        self.server.shutdown()
        self.server.server_close()

    def add(self, *rules):
        with self.lock:
            self.rules += rules

    def clear(self):
        with self.lock:
            self.rules, self.seen = [], []

    def action(self, method, path):
        with self.lock:
            self.seen.append((method, path))
            return next((r.action for r in self.rules if r.takes(method, path)), None)

    def unused(self):
        """Rules that never came to anything: a test that thinks it made a fault did not."""
        with self.lock:
            return [f"{r.method} {r.path.pattern}" for r in self.rules if not r.used]
