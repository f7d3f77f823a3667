"""A stand-in for the AWS command line, for the commands of the guides: operations and their parameters are those of the services' models.

It is one process for many commands, because each start of the SDK takes a second. Argument: the path of a socket. The account is the emulator's.
A request is a line, a JSON list of arguments; the response is {"code", "out", "error"}.
"""

import json
import re
import shlex
import socketserver
import sys
from functools import cache

import boto3
import jmespath
from botocore import xform_name

GLOBAL = {"query": None, "output": "json"}


class Usage(Exception):
    """A command that the AWS command line would refuse."""


@cache
def client(service):
    return boto3.client(service)


def options(words):
    """The values behind each `--name`."""
    found, current = {}, None
    for word in words:
        if word.startswith("--"):
            current = found.setdefault(word[2:], [])
        elif current is None:
            raise Usage(f"unknown argument: {word}")
        else:
            current.append(word)
    return found


def value(shape, words, name):
    """The value of an option: JSON, the short form `Key=value,Key=value`, or text."""
    kind = shape.type_name
    if kind == "boolean" and not words:
        return True
    if kind == "list" and not words[0].startswith("["):
        return [value(shape.member, [word], name) for word in words]
    if len(words) != 1:
        raise Usage(f"--{name} has {len(words)} values")
    (word,) = words
    if kind in ("structure", "map", "list") and word[:1] in "[{":
        return json.loads(word)
    if kind == "structure":
        parts = dict(part.split("=", 1) for part in word.split(","))
        unknown = parts.keys() - shape.members.keys()
        if unknown:
            raise Usage(f"--{name}: unknown key {sorted(unknown)}")
        return {key: value(shape.members[key], [part], name) for key, part in parts.items()}
    if kind == "boolean":
        return {"true": True, "false": False}[word]
    if kind in ("integer", "long"):
        return int(word)
    return word


def parameters(shape, given):
    members = {} if shape is None else shape.members
    names = {xform_name(member, "-"): member for member in members}
    found = {}
    for name, words in given.items():
        positive = name.removeprefix("no-")
        if name in names:
            member = names[name]
            found[member] = value(members[member], words, name)
        elif positive in names and members[names[positive]].type_name == "boolean" and not words:
            found[names[positive]] = False
        else:
            raise Usage(f"unknown option: --{name}")
    missing = [] if shape is None else [name for name in shape.required_members if name not in found]
    if missing:
        raise Usage(f"missing options for {missing}")
    return found


def text(found):
    if isinstance(found, list):
        return "\t".join(text(item) for item in found)
    if isinstance(found, dict):
        raise Usage("text of a structure depends on its fields; name one with --query")
    return str(found)


def run(arguments):
    service, operation, *rest = arguments
    given = options(rest if operation != "wait" else rest[1:])
    chosen = {name: (given.pop(name, [default])[0]) for name, default in GLOBAL.items()}
    caller = client(service)
    if operation == "wait":
        waiter = caller.get_waiter(rest[0].replace("-", "_"))
        name = waiter.config.operation
        shape = caller.meta.service_model.operation_model(name).input_shape
        waiter.wait(**parameters(shape, given))
        return ""
    method = operation.replace("-", "_")
    if method not in caller.meta.method_to_api_mapping:
        raise Usage(f"`{service}` has no operation `{operation}`")
    model = caller.meta.service_model.operation_model(caller.meta.method_to_api_mapping[method])
    call = parameters(model.input_shape, given)
    if caller.can_paginate(method):
        found = caller.get_paginator(method).paginate(**call).build_full_result()
    else:
        found = getattr(caller, method)(**call)
        found.pop("ResponseMetadata", None)
    if chosen["query"]:
        found = jmespath.search(chosen["query"], found)
    if chosen["output"] == "text":
        return text(found) + "\n"
    return json.dumps(found, default=str, indent=4) + "\n"


class Command(socketserver.StreamRequestHandler):
    def handle(self):
        arguments = json.loads(self.rfile.readline())
        try:
            reply = {"code": 0, "out": run(arguments), "error": ""}
        except Exception as error:
            shown = re.sub(r"\s+", " ", f"{type(error).__name__}: {error}")
            code = 252 if isinstance(error, Usage) else 254
            reply = {"code": code, "out": "", "error": f"aws {shlex.join(arguments)}: {shown}\n"}
        self.wfile.write(json.dumps(reply).encode())


socketserver.UnixStreamServer(sys.argv[1], Command).serve_forever()
