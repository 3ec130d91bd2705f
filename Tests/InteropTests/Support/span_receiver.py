"""Takes spans on a port, as a collector would: reads them by OpenTelemetry's own definitions, strictly, and prints them.

  span_receiver.py PORT TOKEN REFUSALS     refuses the first REFUSALS with 503
"""
import base64
import http.server
import json
import sys

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

port, token, refusals = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])


def with_octets(span):
    # OTLP writes identifiers in hexadecimal where JSON of protobuf has base64.
    for name, length in (("traceId", 16), ("spanId", 8), ("parentSpanId", 8)):
        if name in span:
            octets = bytes.fromhex(span[name])
            assert len(octets) == length and any(octets), f"{name} {span[name]}"
            span[name] = base64.b64encode(octets).decode()


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        global refusals
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = 200
        if self.headers["Authorization"] != f"Bearer {token}" or self.path != "/v1/traces":
            status = 401
        elif refusals > 0:
            refusals -= 1
            status = 503
        if status == 200:
            self.take(json.loads(body))
        print(f"answered {status}", flush=True)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def take(self, body):
        for resource in body["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    with_octets(span)
        request = json_format.ParseDict(body, ExportTraceServiceRequest())
        for resource in request.resource_spans:
            names = {a.key: a.value.string_value for a in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    assert span.start_time_unix_nano <= span.end_time_unix_nano, span
                    print(
                        "span", names["service.name"], span.trace_id.hex(), span.span_id.hex(),
                        span.parent_span_id.hex() or "-", span.status.code,
                        (span.end_time_unix_nano - span.start_time_unix_nano) // 1_000_000, span.name, flush=True)

    def log_message(self, *arguments):
        pass


print("ready", flush=True)
http.server.HTTPServer(("127.0.0.1", port), Receiver).serve_forever()
