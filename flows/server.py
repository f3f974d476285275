"""The Prefect server of a project: started, found again after a crash, and ended. It stands in the folder `.prefect`.

Nothing here imports Prefect: its address has to be known before that.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from journey_analytics.errors import StorageError, UsageError

HOST = "127.0.0.1"
PORT = 4200
_STARTS_WITHIN_SECONDS = 120
_ENDS_WITHIN_SECONDS = 15


@contextmanager
def prefect_server(home: Path, port: int | None = None) -> Iterator[str]:
    """Keep a server within the block and yield the address of its API.

    A server that a killed `journey serve` left behind is taken over when it answers, and ended when it does not.

    Args:
        port: where it listens; without one 4200, or a free port where another program has that.

    Raises:
        UsageError: another program listens on the port that was asked for.
        StorageError: the server does not start; the message names its log.
    """
    home.mkdir(parents=True, exist_ok=True)
    note = home / "server.json"
    pid, used = _left_behind(note)
    if pid and (not _answers(used) or port not in (None, used)):
        _end(pid)
        pid = 0
    if not pid:
        used = _free_port(port)
        pid = _start(home, used)
        note.write_text(json.dumps({"process": pid, "port": used}), encoding="utf-8")
    try:
        _wait(pid, used, home)
        yield f"http://{HOST}:{used}/api"
    finally:
        _end(pid)
        note.unlink(missing_ok=True)


def _left_behind(note: Path) -> tuple[int, int]:
    """Return the process and port of a server that the note tells of and that still lives; zeros without one."""
    try:
        told = json.loads(note.read_text(encoding="utf-8"))
        pid, port = int(told["process"]), int(told["port"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0, 0
    # the number may have gone to another program meanwhile
    asked = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return (pid, port) if "prefect server start" in asked.stdout else (0, 0)


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://{HOST}:{port}/api/health", timeout=5) as answer:
            return answer.status == 200
    except (URLError, OSError):
        return False


def _free_port(port: int | None) -> int:
    for wanted in (port or PORT, 0):
        with socket.socket() as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                door.bind((HOST, wanted))
            except OSError:
                if port is not None:
                    raise UsageError(
                        f"Another program listens on port {port}. Choose another with --port, or leave it out: a free one "
                        "is found then."
                    ) from None
                continue
            return int(door.getsockname()[1])
    raise StorageError(f"No port of {HOST} is free.")


def _start(home: Path, port: int) -> int:
    words = [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port)]
    environment = {key: value for key, value in os.environ.items() if key != "PREFECT_API_URL"}
    with (home / "server.log").open("a", encoding="utf-8") as log:
        # a session of its own: Ctrl-C in the terminal is for us, and we end the server last
        process = subprocess.Popen(words, stdout=log, stderr=log, env=environment, start_new_session=True)  # noqa: S603
    return process.pid


def _wait(pid: int, port: int, home: Path) -> None:
    until = time.monotonic() + _STARTS_WITHIN_SECONDS
    while not _answers(port):
        if not _lives(pid) or time.monotonic() > until:
            raise StorageError(f"The Prefect server does not start. Its last words stand in {home / 'server.log'}.")
        time.sleep(0.3)


def _lives(pid: int) -> bool:
    with suppress(ChildProcessError):
        # a child that has ended stays a shadow until it is asked for
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _end(pid: int) -> None:
    """End the server and what it has started."""
    for order in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(pid, order)
        until = time.monotonic() + _ENDS_WITHIN_SECONDS
        while _lives(pid) and time.monotonic() < until:
            time.sleep(0.1)
        if not _lives(pid):
            return
