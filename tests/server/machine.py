"""A server as a program of its own, to be killed or have its clock set: `python machine.py '{"port": ..., ...}'`."""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from served import ScriptedEngine

from chunkr_integrations.server import create_app


class Machine:
    """A server with two worker processes, which is started again whenever it was killed."""

    def __init__(self, **options: Any) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            options["port"] = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{options['port']}"
        self._options = {"workers": 2, "lease": 1.0, **options}
        self.start()

    def start(self) -> None:
        script = Path(__file__).with_name("machine.py")
        self.process = subprocess.Popen([sys.executable, script, json.dumps(self._options)])

    def wait(self) -> None:
        """Until it answers."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                httpx.get(f"{self.url}/health").raise_for_status()
                return
            time.sleep(0.05)
        raise TimeoutError(self.url)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.start()

    def working(self) -> list[int]:
        """Its workers, once there are any; none when there are none for long."""
        deadline = time.monotonic() + 10
        while not (found := self.workers()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return found

    def workers(self) -> list[int]:
        """The processes that read documents."""
        found = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                parent = int(path.read_text().rpartition(")")[2].split()[1])
                if parent == self.process.pid:
                    found.append(int(path.parent.name))
        return found


def main() -> None:
    options = json.loads(sys.argv[1])
    if skew := options.pop("skew", 0):  # a machine whose clock is wrong
        true = time.time
        time.time = lambda: true() + skew
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    port, log = options.pop("port"), Path(options.pop("log"))
    options["data_dir"] = Path(options["data_dir"])
    app = create_app(engine_factory=partial(ScriptedEngine, log), isolation="process", **options)
    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None, access_log=False)


if __name__ == "__main__":
    main()
