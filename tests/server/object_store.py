"""An S3 server on a loopback port: moto's, which keeps its objects in memory."""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from moto.server import ThreadedMotoServer

_NAMES = itertools.count()  # all servers of a process have the same objects
_MADE_UP = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}


@contextmanager
def object_store() -> Iterator[str]:
    """The URL of a new bucket, while this process and its children find the server by their environment."""
    import s3fs

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        with mock.patch.dict(os.environ, {**_MADE_UP, "AWS_ENDPOINT_URL": f"http://{host}:{port}"}):
            bucket = f"bucket-{next(_NAMES)}"
            s3fs.S3FileSystem(skip_instance_cache=True).mkdir(bucket)
            yield f"s3://{bucket}/chunkr"
    finally:
        server.stop()
