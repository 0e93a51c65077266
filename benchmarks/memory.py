"""Peak memory and speed of a long PDF, through the client: the caller's process and its worker together.

python benchmarks/memory.py [--pages N ...] [--document FILE]

The file's first page over and over, extracted in a process of its own. Memory is the sum of what each of the two
processes had at most (Linux, VmHWM), so that it is never less than what both had at one time.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tempfile
from pathlib import Path

import pypdfium2

ROOT = Path(__file__).resolve().parents[1]

CHILD = """
import re, sys, time
from pathlib import Path
from chunkr_integrations import Client

def peak(pid):
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024

def workers():
    tasks = Path("/proc/self/task").iterdir()
    return sorted({int(pid) for task in tasks for pid in (task / "children").read_text().split()})

def tree():
    pids = ["self", *workers()]
    return f"{sum(map(peak, pids)):.0f} MB ({' + '.join(f'{peak(pid):.0f}' for pid in pids)})"

names = ("invoice_number", "customer", "total")
schema = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
with Client() as client:
    client.extract(b"Total: 3", schema, file_name="warm.txt")
    before, started = tree(), time.perf_counter()
    task = client.extract(sys.argv[1], schema).task
    seconds = time.perf_counter() - started
    pages = task.file_info.page_count
    print(f"{pages:5} pages: peak {before} before, {tree()} after; {pages / seconds:.0f} pages a second")
"""


def repeated(file: Path, count: int) -> bytes:
    """A PDF of the file's first page, `count` times."""
    source, target, out = pypdfium2.PdfDocument(file), pypdfium2.PdfDocument.new(), io.BytesIO()
    target.import_pages(source, [0] * count)
    target.save(out)
    return out.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, nargs="+", default=[1, 500, 2000])
    parser.add_argument("--document", type=Path, default=ROOT / "examples" / "documents" / "invoice_en.pdf")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for count in options.pages:
            path = Path(folder) / "long.pdf"
            path.write_bytes(repeated(options.document, count))
            subprocess.run([sys.executable, "-c", CHILD, str(path)], check=True)


if __name__ == "__main__":
    main()
