"""Peak memory and speed of a long PDF: the same page over and over, read in a process of its own.

python benchmarks/memory.py [--pages N ...] [--document FILE]
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
import resource, sys, time
from pathlib import Path
from chunkr_integrations.engine import Engine

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

names = ("invoice_number", "customer", "total")
schema = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
data, engine = Path(sys.argv[1]).read_bytes(), Engine()
engine.extract(engine.parse(b"Total: 3", name="warm.txt"), schema)
before, started = peak(), time.perf_counter()
document = engine.parse(data, name="long.pdf")
reading, read = time.perf_counter() - started, peak()
engine.extract(document, schema)
seconds = time.perf_counter() - started
pages, words = len(document.pages), sum(len(page.words) for page in document.pages)
print(f"{pages:5} pages {words:8} words: peak {before:.0f} MB before, {read:.0f} MB read, {peak():.0f} MB extracted; "
      f"{pages / reading:.0f} pages a second read, {pages / seconds:.0f} with the extraction")
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
