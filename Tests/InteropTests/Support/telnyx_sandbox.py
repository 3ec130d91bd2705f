"""An application with Telnyx's own Python package against a sandbox of the carrier.

  telnyx_sandbox.py API PUBLIC_KEY PORT STREAM_URL NUMBER

Takes webhooks at PORT, and answers what comes in with a stream. On its input `dial` calls NUMBER with a stream, and `hangup`
hangs up on it. It prints a line for each webhook, and what it did.
"""
import http.server
import json
import sys
import threading

import telnyx
from telnyx.lib.webhook_verification import WebhookVerificationError, verify_webhook_signature

api, key, port, stream, number = sys.argv[1:]
client = telnyx.Telnyx(api_key="sandbox-key", base_url=api, max_retries=0)
numbers = client.phone_numbers.list(page_size=20)
mine = [entry for entry in numbers]
print("numbers", [entry.phone_number for entry in mine], flush=True)
application = mine[0].connection_id
print("application", client.call_control_applications.retrieve(application).data.application_name, flush=True)
try:
    client.calls.actions.hangup("v3:unknown")
except telnyx.NotFoundError as error:
    print("unknown", error.status_code, error.body["errors"][0]["code"], flush=True)


def work(event):
    kind, payload = event["event_type"], event["payload"]
    try:
        if kind == "call.initiated" and payload["direction"] == "incoming":
            answer = client.calls.actions.answer(
                payload["call_control_id"], stream_url=stream, stream_track="inbound_track",
                stream_bidirectional_mode="rtp", stream_bidirectional_codec="PCMU",
                stream_bidirectional_target_legs="self", send_silence_when_idle=True)
            print("answer", answer.data.result, flush=True)
        elif kind == "call.answered" and payload["to"] == number:
            print("status", client.calls.retrieve_status(payload["call_control_id"]).data.is_alive, flush=True)
    except Exception as error:
        print("FAULT", repr(error), flush=True)


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            verify_webhook_signature(body, dict(self.headers.items()), key)
        except WebhookVerificationError as error:
            print("FAULT", error, flush=True)
        try:
            verify_webhook_signature(body + b" ", dict(self.headers.items()), key)
            print("FAULT a changed body was taken", flush=True)
        except WebhookVerificationError:
            pass
        event = json.loads(body)["data"]
        # The package's own types read it.
        known = client.webhooks.unsafe_unwrap(body.decode())
        print("event", event["event_type"], type(known).__name__, event["payload"].get("hangup_cause", ""), flush=True)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()
        threading.Thread(target=work, args=(event,)).start()

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Hook)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("listening", flush=True)
for line in sys.stdin:
    if line.strip() == "dial":
        call = client.calls.dial(
            connection_id=application, from_="+12025550131", to=number, stream_url=stream, stream_track="inbound_track",
            stream_bidirectional_mode="rtp", stream_bidirectional_target_legs="self")
        print("dialled", call.data.record_type, call.data.is_alive, flush=True)
    elif line.strip() == "hangup":
        print("hangup", client.calls.actions.hangup(call.data.call_control_id).data.result, flush=True)
