"""Nothing is fetched at run time: no model, no data, no font."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
from pydantic import BaseModel
from chunkr_integrations import Client

class Invoice(BaseModel):
    invoice_number: str | None = None

with Client() as client:
    for path in sys.argv[1:]:
        print(client.extract(path, Invoice).value.invoice_number)
"""


def test_the_embedded_engine_works_without_any_network_interface(example_documents: Path) -> None:
    """Native code opens sockets behind Python's back; a network namespace without interfaces stops that, too."""
    unshare = shutil.which("unshare")
    probe = [unshare, "--map-root-user", "--net", "true"] if unshare else ["false"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let the test make a network namespace")
    documents = [str(example_documents / name) for name in ("invoice_en.pdf", "invoice_en_scan.pdf")]
    done = subprocess.run(
        [*probe[:-1], sys.executable, "-c", SCRIPT, *documents],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[0] == "MT-2025-0418"
