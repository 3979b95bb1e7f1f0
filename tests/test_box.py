"""The system that tests boot: systemd is process 1 of it, and nothing of it is seen outside or stays."""

import os
import pathlib
import threading

import pytest

import box

pytestmark = box.MARKS


@pytest.fixture(scope="module")
def system():
    with box.Box() as system:
        yield system
        leader, live, group = system.leader(), system.live, system.group
    assert not pathlib.Path(f"/proc/{leader}").exists()
    assert not live.exists() and not group.exists()


def test_systemd_runs_services_and_a_command_gives_its_status(system):
    running = system.succeed("cat", "/proc/1/comm")
    states = system.succeed("systemctl", "show", "-P", "ActiveState", "dbus.socket", "nginx.service").split()

    assert running == "systemd\n"
    assert states == ["active", "inactive"]
    assert system.run("sh", "-c", "echo said; echo complained >&2; exit 7").returncode == 7


def test_its_network_is_its_own_and_a_thread_may_enter_it(system, tmp_path):
    seen = []

    def look():
        system.enter_network()
        seen.append(os.readlink("/proc/thread-self/ns/net"))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()

    assert seen == [system.succeed("readlink", "/proc/1/ns/net").strip()]
    assert seen != [os.readlink("/proc/self/ns/net")]
    assert system.succeed("ls", "/sys/class/net").split() == ["lo"]


def test_what_is_put_there_is_there_after_a_reboot_and_not_outside(system, tmp_path):
    (tmp_path / "file").write_text("said\n")

    system.put(tmp_path / "file", "/root/")
    before = system.succeed("cat", "/proc/sys/kernel/random/boot_id", "/root/file")
    system.reboot()

    assert before.endswith("said\n")
    assert system.path("/root/file").read_text() == "said\n"
    assert not [path for path in box.ROOTS.glob("*/root/file")]
    assert str(system.live) not in pathlib.Path("/proc/self/mountinfo").read_text()
