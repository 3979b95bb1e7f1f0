"""A real WebSocket application, and a client for it: Debian's python3-websockets."""

import asyncio
import contextlib
import socket
import threading

import websockets

# The one word for it changed with version 14.
HEADERS = "extra_headers" if int(websockets.__version__.split(".")[0]) < 14 else "additional_headers"


class Echo:
    """Says everything back, on a port of its own."""

    def __init__(self):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.loop = asyncio.new_event_loop()
        self.ended = self.loop.create_future()
        self.thread = threading.Thread(target=self.loop.run_until_complete, args=(self.serve(),), daemon=True)
        self.thread.start()

    async def serve(self):
        async def echo(peer):
            async for message in peer:
                await peer.send(message)

        async with websockets.serve(echo, sock=self.listening):
            await self.ended

    def stop(self):
        self.loop.call_soon_threadsafe(self.ended.set_result, None)
        self.thread.join()
        self.loop.close()


async def _say(url, messages, headers):
    async with websockets.connect(url, **{HEADERS: headers}) as peer:
        heard = []
        for message in messages:
            await peer.send(message)
            heard.append(await peer.recv())
        return heard


def say(url, messages, headers):
    """What comes back for each message on one connection."""
    return asyncio.run(_say(url, messages, headers))


def relay(first, received, connected, port):
    """Passes on a handshake, `first`, and then all that either end says, until one of them hangs up."""
    def pass_on(read, send):
        with contextlib.suppress(OSError):
            while data := read():
                send(data)
        for end in (peer, connected):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.sendall(first)
        back = threading.Thread(target=pass_on, args=(lambda: peer.recv(65536), connected.sendall))
        back.start()
        pass_on(lambda: received.read1(65536), peer.sendall)
        back.join()
