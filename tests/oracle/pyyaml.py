"""Judges edits with PyYAML on top of libyaml: is `after` the data of `before` with the changes asked for?

One JSON object per line comes in:
    before, after   the texts
    read            what the editor takes `before` for: a text, {"seq": [...]} or {"map": [[k, v]...]}
                    per YAML document, aliases expanded
    ops             the changes, in an order in which none moves the place of a later one:
                    ["set", path, text, tag]           ["replace", path, key, text, tag]
                    ["remove", path]                   ["insert", path, key, content]
                    ["append", path, [content...]]
                    A path is positions from the number of the YAML document down; those of
                    entries in a mapping count its pairs.
One JSON string goes out for each: `ok`, `skip: <why>` or `bad: <why>`.
"""

import json
import sys

import yaml
from yaml import CSafeLoader, ScalarNode, SequenceNode

STR = "tag:yaml.org,2002:str"
# What YAML 1.1 alone takes for something else than a text, besides numbers to the base of 60.
ONLY_1_1 = {"tag:yaml.org,2002:" + name for name in ("timestamp", "value", "merge")}
LIMIT = 100_000


class Skip(Exception):
    pass


class Bad(Exception):
    pass


class Reader:
    """Node graphs as lists: [tag, text], [tag, "seq", items], [tag, "map", pairs]."""

    def __init__(self):
        self.left = LIMIT
        self.open = set()

    def read(self, node):
        self.left -= 1
        if self.left < 0 or id(node) in self.open:
            raise Skip("aliases without end")
        if isinstance(node, ScalarNode):
            return [node.tag, node.value]
        self.open.add(id(node))
        if isinstance(node, SequenceNode):
            out = [node.tag, "seq", [self.read(item) for item in node.value]]
        else:
            out = [node.tag, "map", [[self.read(k), self.read(v)] for k, v in node.value]]
        self.open.discard(id(node))
        return out


def compose(text):
    reader = Reader()
    return [reader.read(node) for node in yaml.compose_all(text.encode(), Loader=CSafeLoader)]


def agrees(tree, read):
    if isinstance(read, str):
        return len(tree) == 2 and tree[1] == read
    if len(tree) != 3:
        return False
    kind, value = next(iter(read.items()))
    if tree[1] != kind or len(tree[2]) != len(value):
        return False
    if kind == "seq":
        return all(map(agrees, tree[2], value))
    return all(agrees(t[0], r[0]) and agrees(t[1], r[1]) for t, r in zip(tree[2], value))


def text(value, tag=None):
    return [tag or STR, value]


def new(content):
    if isinstance(content, str):
        return text(content)
    if "seq" in content:
        return ["tag:yaml.org,2002:seq", "seq", [new(item) for item in content["seq"]]]
    return ["tag:yaml.org,2002:map", "map", [[text(k), new(v)] for k, v in content["map"]]]


class Values:
    """The values of a mapping by position."""

    def __init__(self, pairs):
        self.pairs = pairs

    def __getitem__(self, at):
        return self.pairs[at][1]

    def __setitem__(self, at, value):
        self.pairs[at][1] = value


def make(trees, op):
    kind, path, *rest = op
    holder = trees
    for step in path[:-1]:
        tree = holder[step]
        holder = Values(tree[2]) if tree[1] == "map" else tree[2]
    at = path[-1]
    if kind == "set":
        holder[at] = text(*rest)
    elif kind == "replace":
        holder.pairs[at] = [text(rest[0]), text(rest[1], rest[2])]
    elif kind == "remove":
        del holder.pairs[at]
    elif kind == "insert":
        holder.pairs.insert(at + 1, [text(rest[0]), new(rest[1])])
    elif kind == "append":
        items = [new(item) for item in rest[0]]
        if len(holder[at]) == 3:
            holder[at][2].extend(items)
        else:
            holder[at] = ["tag:yaml.org,2002:seq", "seq", items]


def quotes_came(wanted, found):
    """Users of an anchor see that a text which only YAML 1.1 misreads was written once more."""
    only_1_1 = wanted[0] in ONLY_1_1 or ":" in wanted[1]
    return len(wanted) == 2 and only_1_1 and found == [STR, wanted[1]]


def compare(wanted, found, where):
    if quotes_came(wanted, found):
        return
    if len(wanted) != len(found) or wanted[0] != found[0]:
        raise Bad(f"{where}: {wanted[0]} {wanted[1]!r} became {found[0]} {found[1]!r}")
    if len(wanted) == 2:
        if wanted[1] != found[1]:
            raise Bad(f"{where}: {wanted[1]!r} became {found[1]!r}")
        return
    if wanted[1] != found[1] or len(wanted[2]) != len(found[2]):
        raise Bad(f"{where}: a {wanted[1]} of {len(wanted[2])} became a {found[1]} of {len(found[2])}")
    for at, (one, other) in enumerate(zip(wanted[2], found[2])):
        if wanted[1] == "seq":
            compare(one, other, f"{where}/{at}")
        else:
            compare(one[0], other[0], f"{where}/{at}?")
            compare(one[1], other[1], f"{where}/{at}")


def judge(request):
    try:
        trees = compose(request["before"])
    except yaml.YAMLError as error:
        raise Skip(f"rejected before: {getattr(error, 'problem', error)}") from None
    read = request["read"]
    if len(trees) != len(read) or not all(map(agrees, trees, read)):
        raise Skip("read differently before")
    for op in request["ops"]:
        make(trees, op)
    try:
        found = compose(request["after"])
    except yaml.YAMLError as error:
        raise Bad(f"rejected after: {error}") from None
    if len(trees) != len(found):
        raise Bad(f"{len(trees)} documents became {len(found)}")
    for at, (one, other) in enumerate(zip(trees, found)):
        compare(one, other, str(at))


def main():
    for line in sys.stdin.buffer:
        try:
            judge(json.loads(line))
            answer = "ok"
        except Skip as why:
            answer = f"skip: {why}"
        except Bad as why:
            answer = f"bad: {why}"
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


main()
