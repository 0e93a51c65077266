"""The command line: `chunkr-integrations extract | schema | report | eval | serve | doctor`.

Results go to stdout and nothing else does; errors are one line on stderr. Exit codes: 0 done, 1 an error of this
package's tree (for several inputs: at least one), 2 a command line that cannot be understood, 130 interrupted.
"""

from __future__ import annotations

from ._main import main

__all__ = ["main"]
