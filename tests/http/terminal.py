"""A terminal of its own for the command `bearward`, as a person sits before it."""

import codecs
import fcntl
import os
import pty
import select
import signal
import struct
import termios

from conftest import PATIENCE


class Terminal:
    """`bearward` on a terminal of its own, as a person sits before it."""

    def __init__(self, place, *arguments, width=80):
        self.start([place.program, *arguments], {**place.environment, "BEARWARD_CONF": str(place.conf)}, width)

    def start(self, command, environment, width):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
            # The tests may run in the background of a shell, which has them ignore Ctrl-C.
            for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
                signal.signal(number, signal.SIG_DFL)
            os.environ.update(environment)
            os.execvp(command[0], command)
        self.seen, self.decoder = "", codecs.getincrementaldecoder("utf-8")()

    def read(self, wait=PATIENCE):
        if not select.select([self.fd], [], [], wait)[0]:
            return False
        try:
            data = os.read(self.fd, 4096)
        except OSError:
            return False
        # A character may come in two pieces.
        self.seen += self.decoder.decode(data)
        return bool(data)

    def wait_for(self, text):
        while text not in self.seen:
            assert self.read(), f"{text!r} did not come: {self.seen!r}"

    def is_echoing(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def type(self, text):
        os.write(self.fd, text.encode())

    def finish(self):
        """Reads the rest; returns the exit status, negative for a signal."""
        while self.read():
            pass
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.fd)
        return status
