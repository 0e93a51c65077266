"""A server as a program of its own, for tests that kill it: `python machine.py '{"port": ..., ...}'`."""

from __future__ import annotations

import json
import logging
import sys
import time
from functools import partial
from pathlib import Path

import uvicorn
from served import ScriptedEngine

from chunkr_integrations.server import create_app


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
