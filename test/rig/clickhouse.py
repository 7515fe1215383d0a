# A ClickHouse of today behind HTTP: chdb is its engine as a library. The query is the body, after `query` of the URL where that is
# there (then the body is data). One request after the other, on loopback. The first line of output is the port.
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

sys.path.insert(0, sys.argv[1])
from chdb.session import Session  # noqa: E402

session = Session(sys.argv[2])


class Front(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        # One thread: a connection that is kept would hold up the others.
        self.send_header("Connection", "close")
        self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, b"Ok.\n")

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        data = b""
        while True:
            size = int(self.rfile.readline(), 16)
            data += self.rfile.read(size)
            self.rfile.readline()
            if size == 0:
                return data

    def do_POST(self):
        query = parse_qs(urlsplit(self.path).query).get("query", [""])[0]
        body = self.body().decode()
        text = f"{query}\n{body}" if query else body
        try:
            result = session.query(text)
            self.answer(200, result.bytes() if result is not None else b"")
        except Exception as error:  # noqa: BLE001
            said = str(error)
            code = said.split("Code: ", 1)[-1].split(".", 1)[0] if "Code: " in said else "1"
            headers = [("X-ClickHouse-Exception-Code", code)]
            self.answer(500, said.encode(), headers)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Front)
print(server.server_port, flush=True)
server.serve_forever()
