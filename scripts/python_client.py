"""The low level of the Python client, from the OpenAPI schema: wire shapes as types, operations as methods.

``python -m scripts.python_client SCHEMA [FOLDER]`` writes ``WIRE`` and ``OPERATIONS``.
"""

from __future__ import annotations

import keyword
import subprocess
import sys
import textwrap
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "backend" / "client"
WIRE, OPERATIONS = "wire_generated.py", "operations_generated.py"
RUFF = Path(sys.executable).parent / "ruff"
METHODS = ("get", "head", "post", "put", "patch", "delete")
JSON, FORM = "application/json", "multipart/form-data"
# set by the transport itself, or for browsers only
NOT_ASKED = frozenset(
    {"X-Acting-User", "X-CSRFToken", "Idempotency-Key", "Tus-Resumable", "page", "page_size"}
)
# a write that carries one of these may be sent again
REPEATABLE = frozenset({"Idempotency-Key", "X-Operation-Id"})
PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
Schema = dict[str, Any]

WIRE_HEAD = '''"""What goes over the wire, as types. Written by `make api`, not to be edited by hand."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict
'''
OPERATIONS_HEAD = '''"""Every operation of the API. Written by `make api`, not to be edited by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Literal, cast

import httpx

from . import wire_generated as wire
from .transport import Transport, part


class Operations(Transport):
    """One method for each operation, named as in the schema. All raise `SiteError` where the site refuses."""
'''


def reference(schema: Schema, prefix: str) -> str:
    return prefix + str(schema["$ref"]).rpartition("/")[2]


def type_of(schema: Schema, prefix: str = "") -> str:
    """The Python type of a schema; names of components get ``prefix``."""
    found = _bare_type(schema, prefix)
    may_be_null = schema.get("nullable") and not found.endswith("None") and found != "Any"
    return f"{found} | None" if may_be_null else found


def _bare_type(schema: Schema, prefix: str) -> str:
    if "$ref" in schema:
        return reference(schema, prefix)
    for word in ("allOf", "oneOf", "anyOf"):
        if word in schema:
            return " | ".join(dict.fromkeys(type_of(one, prefix) for one in schema[word]))
    if "enum" in schema:
        values = [value for value in schema["enum"] if value is not None]
        names = [f"Literal[{', '.join(map(repr, values))}]"] if values else []
        return " | ".join([*names, "None"] if None in schema["enum"] else names)
    if schema.get("type") == "array":
        return f"list[{type_of(schema['items'], prefix)}]"
    if isinstance(schema.get("additionalProperties"), dict) and schema["additionalProperties"]:
        return f"dict[str, {type_of(schema['additionalProperties'], prefix)}]"
    if schema.get("type") == "object":
        return "dict[str, Any]"
    return PLAIN.get(schema.get("type", ""), "Any")


def comment(text: str) -> list[str]:
    lines = textwrap.wrap(" ".join(text.split()), width=100)
    return [f"    # {line}" for line in lines]


def component(name: str, schema: Schema) -> str:
    """A named shape: a class for an object with fields, an alias for anything else."""
    if schema.get("type") != "object" or not schema.get("properties"):
        return f"{name}: TypeAlias = {type_of(schema)!r}\n"
    lines = [f"class {name}(TypedDict):", *comment(schema.get("description", ""))]
    for key, told in schema["properties"].items():
        if not key.isidentifier() or keyword.iskeyword(key):
            raise ValueError(f"{name}.{key} cannot be a name in Python")
        kind = type_of(told)
        lines += comment(told.get("description", ""))
        lines.append(f"    {key}: {kind if key in schema.get('required', ()) else f'NotRequired[{kind}]'}")
    return "\n".join(lines) + "\n"


def wire_module(document: Schema) -> str:
    shapes = document["components"]["schemas"]
    return "\n\n".join([WIRE_HEAD, *(component(name, shapes[name]) for name in sorted(shapes))])


@dataclass
class Asked:
    """What an operation takes: arguments of its method, and what they become."""

    positional: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    query: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)

    def add(self, parameter: Schema) -> None:
        name, where = parameter["name"], parameter["in"]
        if name in NOT_ASKED:
            return
        argument = name.lower().replace("-", "_").removeprefix("x_")
        kind = type_of(parameter["schema"])
        if where == "path":
            self.positional.append(f"{argument}: {kind}")
            return
        named = f"{argument}: {kind}" if parameter.get("required") else f"{argument}: {kind} | None = None"
        self.named.append(named)
        (self.query if where == "query" else self.headers).append(f"{name!r}: {argument}")

    def signature(self) -> str:
        named = sorted(self.named, key=lambda one: "=" in one)
        return ", ".join(["self", *self.positional, *(["*", *named] if named else [])])

    def arguments(self) -> str:
        given = [f"{word}={{{', '.join(pairs)}}}" for word, pairs in self._pairs() if pairs]
        return "".join(f", {one}" for one in [*given, *self.passed])

    def _pairs(self) -> tuple[tuple[str, list[str]], ...]:
        return (("query", self.query), ("headers", self.headers))


def asked_by(document: Schema, path: str, operation: Schema) -> Asked:
    asked = Asked()
    parameters = [resolved(document, one) for one in operation.get("parameters", [])]
    for parameter in sorted(
        parameters, key=lambda one: path.find(f"{{{one['name']}}}")
    ):  # in the path's order
        asked.add(parameter)
    for kind, told in operation.get("requestBody", {}).get("content", {}).items():
        if kind == JSON:
            asked.positional.append(f"body: {type_of(told['schema'], 'wire.')}")
            asked.passed.append("body=body")
        elif kind == FORM:
            asked.positional += ["form: Mapping[str, Any]", "files: Mapping[str, BinaryIO]"]
            asked.passed += ["form=form", "files=files"]
        else:
            asked.positional.append("content: bytes")
            asked.passed += ["content=content", f"content_type={kind!r}"]
    names = {parameter["name"] for parameter in parameters}
    if names & REPEATABLE:
        asked.passed.append("repeatable=True")
    if "Idempotency-Key" in names:
        asked.passed.append("keyed=True")
    return asked


def resolved(document: Schema, schema: Schema) -> Schema:
    while "$ref" in schema:
        found: Any = document
        for word in schema["$ref"].split("/")[1:]:
            found = found[word]
        schema = found
    return schema


def answer_of(document: Schema, operation: Schema) -> tuple[str, bool]:
    """The type of what comes back, and whether nothing may come back."""
    told = {code: resolved(document, one) for code, one in operation["responses"].items() if code < "300"}
    contents = [one["content"] for one in told.values() if one.get("content")]
    if contents and all(JSON in content for content in contents):
        return type_of(contents[0][JSON]["schema"], "wire."), len(contents) < len(told)
    silent = not contents and not any(one.get("headers") for one in told.values())
    return ("None" if silent else "httpx.Response"), False


def row_of(document: Schema, answer: str) -> str | None:
    """What the pages of a list consist of; None where the answer is no page."""
    name = answer.removeprefix("wire.")
    if not name.startswith("Paginated"):
        return None
    return type_of(document["components"]["schemas"][name]["properties"]["results"]["items"], "wire.")


def about(verb: str, path: str, operation: Schema, shared: set[str]) -> str:
    """What an operation does; one without words of its own has those of its base class, which say nothing."""
    told = " ".join(operation.get("description", "").split())
    text = f"{verb.upper()} {path}" if told in shared else told
    first, *rest = textwrap.wrap(text.replace("\\", ""), width=96)
    return "\n".join([first, *(f"        {line}" for line in rest), *(["        "] if rest else [])])


def method_of(document: Schema, verb: str, path: str, operation: Schema, shared: set[str]) -> str:
    asked = asked_by(document, path, operation)
    answer, may_be_empty = answer_of(document, operation)
    address = path.replace("{", "{part(").replace("}", ")}")
    place = f'f"{address}"' if "{" in path else f'"{path}"'
    sends = f'"{verb.upper()}", {place}{asked.arguments()}'
    row = row_of(document, answer)
    if row:
        answer, body = (
            f"Iterator[{row}]",
            f'return cast("Iterator[{row}]", self.pages({place}{asked.arguments()}))',
        )
    elif answer == "None":
        body = f"self.send({sends})"
    elif answer == "httpx.Response":
        body = f"return self.send({sends})"
    else:
        answer = f"{answer} | None" if may_be_empty else answer
        body = f'return cast("{answer}", self.json({sends}))'
    doc = about(verb, path, operation, shared)
    head = f"    def {operation['operationId']}({asked.signature()}) -> {answer}:"
    return f'{head}\n        """{doc}"""\n        {body}\n'


def operations_module(document: Schema) -> str:
    every = [
        (verb, path, operation)
        for path, operations in document["paths"].items()
        for verb, operation in operations.items()
        if verb in METHODS
    ]
    words = Counter(" ".join(operation.get("description", "").split()) for _, _, operation in every)
    shared = {"", *(text for text, times in words.items() if times > 1)}
    methods = {one[2]["operationId"]: method_of(document, *one, shared) for one in every}
    return "\n".join([OPERATIONS_HEAD, *(methods[name] for name in sorted(methods))])


def formatted(text: str, name: str) -> str:
    command = [str(RUFF), "format", "--stdin-filename", str(FOLDER / name), "-"]
    done = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=True)
    return done.stdout


def write(schema: Path, folder: Path = FOLDER) -> None:
    """Write both modules, from a schema as YAML."""
    document = yaml.safe_load(schema.read_text())
    for name, made in ((WIRE, wire_module(document)), (OPERATIONS, operations_module(document))):
        (folder / name).write_text(formatted(made, name))


if __name__ == "__main__":
    write(Path(sys.argv[1]), *(Path(argument) for argument in sys.argv[2:]))
