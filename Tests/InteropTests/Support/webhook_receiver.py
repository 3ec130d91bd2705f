"""Takes webhooks on a port, as an application in Python would: checks the signature, and prints what came.

  webhook_receiver.py PORT SECRET REFUSALS     refuses the first REFUSALS with 503
"""
import base64
import hashlib
import hmac
import http.server
import json
import sys
import threading
import time

port, secret, refusals = int(sys.argv[1]), sys.argv[2].encode(), int(sys.argv[3])


lock = threading.Lock()


def say(line):
    with lock:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        global refusals
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if refusals > 0:
            refusals -= 1
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()
            say("refused")
            return
        identifier, moment = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        signed = f"{identifier}.{moment}.".encode() + body
        expected = "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
        valid = hmac.compare_digest(expected, self.headers["webhook-signature"]) and abs(time.time() - int(moment)) < 60
        self.send_response(204 if valid else 400)
        self.end_headers()
        news = json.loads(body)
        state = news["call"]["state"]
        # In one piece: several are taken at once.
        say(f"{'took' if valid else 'forged'} {news['type']} {news['call']['id']} {state} {identifier}")

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Receiver)
print("ready", flush=True)
server.serve_forever()
