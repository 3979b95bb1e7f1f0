"""Wycheproof's vectors, Google's and C2SP's, under the Apache licence: they come as a Go module."""

import json

import go


def vectors(name):
    """Each test with its group."""
    file = go.fetch("github.com/c2sp/wycheproof") / f"testvectors_v1/{name}_test.json"
    return [(group, test) for group in json.loads(file.read_text())["testGroups"] for test in group["tests"]]


def key_of(group):
    """The JWK of a group, or the only one of its set."""
    key = group.get("public") or group["private"]
    return key["keys"][0] if len(key.get("keys", [])) == 1 else key


def is_for(alg, group):
    """Whether the key of a group signs with that algorithm."""
    return key_of(group).get("alg") == alg and key_of(group).get("use") != "enc"
