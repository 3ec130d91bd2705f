"""Looks at what we make for Telnyx with Telnyx's own Python package: signatures, requests, and the names of events.

  telnyx_check.py FILE     FILE is JSON: {"key", "signed": [{"body", "headers"}], "requests": [{"method", "path", "body"}], "events": []}
"""
import base64
import collections.abc
import inspect
import json
import pathlib
import re
import sys
import typing

import telnyx
from telnyx.lib.webhook_verification import WebhookVerificationError, verify_webhook_signature
from telnyx.resources.calls.actions import ActionsResource
from telnyx.resources.calls.calls import CallsResource

given = json.loads(pathlib.Path(sys.argv[1]).read_text())
types = pathlib.Path(telnyx.__file__).parent / "types"

for signed in given["signed"]:
    body = base64.b64decode(signed["body"])
    verify_webhook_signature(body, signed["headers"], given["key"])
    try:
        verify_webhook_signature(body + b" ", signed["headers"], given["key"])
    except WebhookVerificationError:
        continue
    raise SystemExit("a changed body was taken")
print("signatures", len(given["signed"]), flush=True)


def shape(hint, name):
    """A type without what only tells that it has to be there; None for what is too open to look at."""
    while typing.get_origin(hint) in (typing.Annotated, typing.Required, typing.NotRequired) or "Required" in str(typing.get_origin(hint)):
        hint = typing.get_args(hint)[0]
    return hint


def fault(value, hint, where):
    hint = shape(hint, where)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Union:
        faults = [fault(value, argument, where) for argument in arguments]
        return None if None in faults else faults[0]
    if origin is typing.Literal:
        return None if value in arguments else f"{where}: {value!r} is none of {arguments}"
    if origin is dict:
        return next((f for k, v in value.items() if (f := fault(v, arguments[1], f"{where}.{k}"))), None)
    if typing.is_typeddict(hint):
        return members(value, hint, where)
    if hint in (str, int, float, bool):
        wanted = (int, float) if hint is float else hint
        good = isinstance(value, wanted) and (hint is bool or not isinstance(value, bool))
        return None if good else f"{where}: {value!r} is no {hint.__name__}"
    if origin is not None and (origin in (list, collections.abc.Iterable) or "Sequence" in str(origin)):
        if isinstance(value, str):
            return f"{where}: a text where several are wanted"
        return next((f for n, v in enumerate(value) if (f := fault(v, arguments[0], f"{where}[{n}]"))), None)
    return None


def members(value, kind, where):
    if not isinstance(value, dict):
        return f"{where}: no object"
    known = {}
    for name, hint in typing.get_type_hints(kind, include_extras=True).items():
        found = re.search(r"alias='(\w+)'", str(hint))
        known[found.group(1) if found else name] = hint
    for name, entry in value.items():
        if name not in known:
            return f"{where}: {name} is not known"
        if found := fault(entry, known[name], f"{where}.{name}"):
            return found
    missing = [name for name, hint in known.items() if "Required[" in str(hint) and "NotRequired[" not in str(hint) and name not in value]
    return f"{where}: {missing} are missing" if missing else None


# Which parameters belong to which path, from the methods that send them.
parameters = {}
for resource in (ActionsResource, CallsResource):
    for _, method in inspect.getmembers(resource, inspect.isfunction):
        text = inspect.getsource(method)
        path, kind = re.search(r'"(/calls[^"]*)"', text), re.search(r"\b(\w+_params)\.(\w+Params)\b", text)
        verb = re.search(r"self\._(post|put|patch)\(", text)
        if path and kind and verb:
            module = sys.modules[resource.__module__]
            parameters[path.group(1).rsplit("/", 1)[1]] = (
                verb.group(1).upper(), getattr(getattr(module, kind.group(1)), kind.group(2)))
for request in given["requests"]:
    name = request["path"].rsplit("/", 1)[1]
    body = request["body"]
    if name not in parameters:
        raise SystemExit(f"no such request: {name}")
    verb, kind = parameters[name]
    if verb != request["method"]:
        raise SystemExit(f"{name}: {request['method']} where {verb} is meant")
    if found := members(body, kind, name):
        raise SystemExit(found)
print("requests", len(given["requests"]), flush=True)

names = set()
for path in types.glob("*.py"):
    names.update(re.findall(r'event_type: Optional\[Literal\["([^"]+)"', path.read_text()))
unknown = [name for name in given["events"] if name not in names]
if unknown:
    raise SystemExit(f"no such events: {unknown}")
print("events", len(given["events"]), flush=True)
