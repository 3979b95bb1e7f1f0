"""What `bearward doctor` says, and what it says of other things than the database."""

import json
import os
import subprocess

# Of settings and host; test_doctor_host.py provokes each.
OF_HOST = {
    "settings", "environment", "issuer", "registration", "guessing", "hash cost", "notify", "account", "state directory", "file system",
    "disk space", "clock of this host", "memory for hashing", "cores for hashing", "json-c", "hash speed", "key that signs", "backup",
    "responders", "programs", "supervisor", "descriptors", "sandbox", "sockets", "answers", "readiness"}
# Of the web server, and what it answers; test_doctor_web.py provokes each.
OF_WEB = {
    "nginx", "apache2", "lighttpd", "caddy", "site", "access to sockets", "state files", "uploads", "demands", "identity headers",
    "address", "https", "certificate", "error pages", "Authorization", "OPTIONS", "body limit", "client address", "metrics", "guarded pages"}
# How they are depends on the machine that the tests run on, and on what else runs there.
OF_MACHINE = {"clock of this host", "hash speed", "backup"}


def rows_of(done):
    """What was looked at, by name. Whoever reads the status alone learns whether there is a fault."""
    assert done.stdout, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == (1 if any(row["state"] == "fault" for row in rows) else 0), done.stderr
    assert not [row for row in rows if row["state"] == "ok" and row["advice"] is not None]
    return {row["check"]: row for row in rows}


def ask(program, *arguments, launcher=(), **environment):
    """As somebody types it: no variable of the tests is there."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("BEARWARD_")}
    return subprocess.run([*launcher, program, "doctor", "--json", *arguments], capture_output=True, text=True, cwd="/", timeout=60,
                          env={**clean, "ASAN_OPTIONS": "detect_leaks=0", **environment})


def amiss(rows, but=frozenset()):
    return {check: row["state"] for check, row in rows.items() if row["state"] != "ok" and check not in but}
