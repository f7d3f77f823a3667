"""One container of a Python function behind a function URL: `container.py CODE TIMEOUT_SECONDS`. Requests are served one by one.

`POST /~advance?<seconds>` moves its wall clock.
"""

import base64
import importlib.util
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

real_time = time.time
ahead = 0.0
time.time = lambda: real_time() + ahead


class Context:
    def __init__(self, timeout):
        self.deadline = time.monotonic() + timeout

    def get_remaining_time_in_millis(self):
        return max(0, int((self.deadline - time.monotonic()) * 1000))


class FunctionUrl(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def respond(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def serve(self):
        global ahead
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        if path == "/~advance":
            ahead += float(query)
            return self.respond(204, {}, b"")
        kind = self.headers.get("content-type", "")
        text = kind.startswith(("text/", "application/json"))
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "requestContext": {"http": {"method": self.command, "path": path}},
            "body": body.decode() if text else base64.b64encode(body).decode(),
            "isBase64Encoded": not text,
        }
        answer = module.handler(event, Context(timeout))
        self.respond(answer["statusCode"], answer["headers"], answer["body"].encode())

    do_GET = do_POST = serve

    def log_message(self, *_):
        pass


path, timeout = sys.argv[1], float(sys.argv[2])
spec = importlib.util.spec_from_file_location("index", path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
server = HTTPServer(("127.0.0.1", 0), FunctionUrl)
print(f"listening on {server.server_port}", flush=True)
server.serve_forever()
