"""A door between a page and its server: shut, the server has gone, as far as the page can tell."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any


class Door:
    """Forwards connections to ``port`` of this machine from a port of its own.

    ``shut()`` ends those that there are, and each new one at once, until ``open()``.
    """

    def __init__(self, port: int) -> None:
        self._server, self._listener = ("127.0.0.1", port), socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._lock, self._ends, self._open = threading.Lock(), list[socket.socket](), True
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Door:
        return self

    def __exit__(self, *error: Any) -> None:
        self._listener.close()
        self.shut()

    def shut(self) -> None:
        """Let nobody through."""
        with self._lock:
            self._open = False
            while self._ends:
                _end(self._ends.pop())

    def open(self) -> None:
        """Let everybody through again."""
        with self._lock:
            self._open = True

    def _accept(self) -> None:
        while True:
            try:
                page, _ = self._listener.accept()
            except OSError:  # the listener is closed
                return
            with self._lock:
                if not self._open:
                    page.close()
                    continue
                server = socket.create_connection(self._server)
                self._ends += [page, server]
            for one, other in ((page, server), (server, page)):
                threading.Thread(target=_carry, args=(one, other), daemon=True).start()


def _carry(one: socket.socket, other: socket.socket) -> None:
    """What comes from ``one`` goes to ``other``, until either has ended."""
    with contextlib.suppress(OSError):
        while told := one.recv(65536):
            other.sendall(told)
    _end(other)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may have ended already
        one.shutdown(socket.SHUT_RDWR)
    one.close()
