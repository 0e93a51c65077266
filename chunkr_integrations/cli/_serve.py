"""`chunkr-integrations serve`: the embedded engine on a port, for other processes and other machines."""

from __future__ import annotations

import argparse
import ipaddress
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chunkr_integrations.exceptions import ConfigurationError, MissingExtraError

from ._streams import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["add_to"]

_PREFIX = "CHUNKR_SERVER_"
_MIB = 1 << 20
_EPILOG = """
Every option is also read from the environment, where the command line does not give it: --data-dir from
CHUNKR_SERVER_DATA_DIR, --webhook-url from CHUNKR_SERVER_WEBHOOK_URL (several are separated by spaces), --metrics from
CHUNKR_SERVER_METRICS=1.

Secrets come from a file or the environment, never from the command line, which others can read: keys from
--keys-file or CHUNKR_SERVER_KEYS, webhook secrets from --webhook-secret-file or CHUNKR_SERVER_WEBHOOK_SECRET
(both separated by commas), what /metrics asks for from CHUNKR_SERVER_METRICS_KEY.
"""


def add_to(commands: Any, environment: Mapping[str, str] = os.environ) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "serve",
        help="answer the protocol on a port",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options = _Options(parser, environment)
    _listening(options)
    _keeping(options)
    _recognising(options)
    _limiting(options)
    _fetching(options)
    _telling(options)
    parser.set_defaults(run=run)


class _Options:
    """Declares options whose defaults come from the environment, in groups.

    Defaults are texts, so that argparse reads them as it reads the option itself, units and errors included.
    """

    def __init__(self, parser: Any, environment: Mapping[str, str]) -> None:
        self._parser = self._group = parser
        self._environment = environment

    def group(self, title: str) -> None:
        self._group = self._parser.add_argument_group(title)

    def add(self, flag: str, kind: Callable[[str], Any], default: Any, metavar: str, text: str) -> None:
        said = self._said(flag) or (None if default is None else str(default))
        self._group.add_argument(flag, type=kind, default=said, metavar=metavar, help=text.format(default=default))

    def several(self, flag: str, metavar: str, text: str) -> None:
        self._group.add_argument(
            flag, action=_Several, default=tuple((self._said(flag) or "").split()), metavar=metavar, help=text
        )

    def switch(self, flag: str, text: str) -> None:
        said = (self._said(flag) or "").casefold()
        self._group.add_argument(
            flag, action=argparse.BooleanOptionalAction, default=said not in ("", "0", "false", "no", "off"), help=text
        )

    def _said(self, flag: str) -> str | None:
        return self._environment.get(_PREFIX + flag.strip("-").replace("-", "_").upper(), "").strip() or None


class _Several(argparse.Action):
    """Appends; the first on the command line replaces what the environment says."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:  # noqa: ARG002 - argparse's
        before = getattr(namespace, self.dest)
        setattr(namespace, self.dest, [*(before if isinstance(before, list) else ()), values])


def _listening(options: _Options) -> None:
    options.group("listening")
    options.add("--host", str, "127.0.0.1", "ADDRESS", "address to listen at (default: {default})")
    options.add("--port", _whole, 8000, "PORT", "port to listen at (default: {default})")
    options.add(
        "--keys-file",
        str,
        None,
        "FILE",
        "keys that are let in, one a line, the name of its holder before it if it has one; # begins a comment",
    )
    options.add(
        "--keys-env",
        str,
        "CHUNKR_SERVER_KEYS",
        "NAME",
        "environment variable with keys, separated by commas (default: {default})",
    )
    options.switch("--without-keys", "let everyone in who can reach the address")
    options.add(
        "--max-connections", _whole, 1000, "N", "connections at a time; the next is answered 503 (default: {default})"
    )


def _keeping(options: _Options) -> None:
    options.group("keeping and working")
    options.add("--data-dir", Path, None, "PATH", "for tasks and files (default: kept until it ends)")
    options.add(
        "--database",
        str,
        None,
        "URL",
        "postgresql://user@host/name, for the tasks of several machines; the password goes into PGPASSWORD or "
        "CHUNKR_SERVER_DATABASE (default: SQLite in the data folder)",
    )
    options.add(
        "--files",
        str,
        None,
        "URL",
        "a shared folder or s3://bucket/folder, for the files of several machines (default: the data folder)",
    )
    options.add("--keep", _seconds, None, "SECONDS", "how long finished tasks are kept (default: for ever)")
    options.add(
        "--workers", _count, None, "N", "processes that read documents; 0: threads (default: one a processor, up to 8)"
    )


def _recognising(options: _Options) -> None:
    options.group("recognition of scans (CHUNKR_OCR, CHUNKR_OCR_LANGUAGES and CHUNKR_TESSDATA are obeyed, too)")
    options.add("--ocr", str, None, "NAME", "tesseract, or rapidocr, which the extras ocr and ocr-fast bring")
    options.add("--ocr-languages", str, None, "NAMES", "of Tesseract's data: eng+deu (default: eng)")
    options.add("--tessdata", str, None, "PATH", "folder of Tesseract's data (default: the packaged)")


def _limiting(options: _Options) -> None:
    options.group("limits")
    options.add(
        "--rate-limit",
        _rate,
        10.0,
        "N",
        "files a second of each key, uploads and tasks by themselves; 0: any number (default: {default:g})",
    )
    options.add("--max-request", _mib, 256, "MIB", "of a JSON request, base64 included (default: {default})")
    options.add("--max-upload", _mib, 1024, "MIB", "of one uploaded file (default: {default})")
    options.add("--max-pages", _whole, 2000, "N", "of one document (default: {default})")
    options.add("--task-timeout", _seconds, 3600.0, "SECONDS", "for the work on one task (default: {default:g})")


def _fetching(options: _Options) -> None:
    options.group("documents from URLs")
    options.several(
        "--allow-host",
        "HOST",
        "a host that documents may be fetched from although its address is not public; may be repeated",
    )
    options.add("--max-fetch", _mib, 256, "MIB", "of one fetched document (default: {default})")
    options.add("--fetch-timeout", _seconds, 60.0, "SECONDS", "for one fetched document (default: {default:g})")


def _telling(options: _Options) -> None:
    options.group("webhooks and metrics (off unless asked for)")
    options.several("--webhook-url", "URL", "is told of every change of a task's state; may be repeated")
    options.add(
        "--webhook-secret-file", str, None, "FILE", "secrets (whsec_...) to sign events with, one a line, current first"
    )
    options.switch("--webhook-allow-private", "webhook hosts may have names that lead to private addresses")
    options.switch("--metrics", "answer GET /metrics for Prometheus, with CHUNKR_SERVER_METRICS_KEY if that is set")


def run(arguments: argparse.Namespace) -> int:
    """Serve until interrupted."""
    keys = _keys(_secrets(arguments.keys_file, "--keys-file", arguments.keys_env, os.environ, what="key"))
    if not keys and not arguments.without_keys and not _is_loopback(arguments.host):
        raise ConfigurationError(
            f"--host {arguments.host}: other machines can reach that address, and no key is asked of them. "
            f"Give --keys-file or {arguments.keys_env}, or --without-keys if that is meant."
        )
    try:
        from chunkr_integrations.server import Limits, StartError, serve  # noqa: PLC0415 - needs the extra `local`
    except ImportError as exc:
        raise MissingExtraError("local", needed_for="chunkr-integrations serve") from exc
    limits = Limits(
        request_bytes=arguments.max_request,
        upload_bytes=arguments.max_upload,
        fetch_bytes=arguments.max_fetch,
        fetch_seconds=arguments.fetch_timeout,
        pages=arguments.max_pages,
        task_seconds=arguments.task_timeout,
        files_per_second=arguments.rate_limit or None,
    )
    try:
        serve(
            host=arguments.host,
            port=arguments.port,
            data_dir=arguments.data_dir,
            database=arguments.database,
            files=arguments.files,
            keys=keys,
            workers=arguments.workers,
            allow_hosts=arguments.allow_host,
            limits=limits,
            keep=arguments.keep,
            webhooks=_webhooks(arguments, os.environ),
            metrics=_checked_metrics(arguments.metrics),
            metrics_key=os.environ.get("CHUNKR_SERVER_METRICS_KEY", "").strip() or None,
            max_connections=arguments.max_connections,
            ocr=_ocr(arguments),
        )
    except (ImportError, ValueError, StartError) as exc:  # before anything is answered
        raise ConfigurationError(str(exc)) from exc
    return 0


def _keys(lines: tuple[str, ...]) -> dict[str, str]:
    """Keys with their holders: a line has a key, or a name before it."""
    return {words[-1]: " ".join(words[:-1]) for words in map(str.split, lines)}


def _ocr(arguments: argparse.Namespace) -> Any:
    from chunkr_integrations.engine import Engine, EngineError, Ocr  # noqa: PLC0415 - see `run`

    try:
        wanted = Ocr(arguments.ocr, arguments.ocr_languages, arguments.tessdata)
        if wanted == Ocr():
            return None
        Engine(ocr=wanted)
    except (ValueError, EngineError) as exc:
        raise ConfigurationError(f"--ocr: {exc}") from exc
    return wanted


def _webhooks(arguments: argparse.Namespace, environment: Mapping[str, str]) -> list[Any]:
    from chunkr_integrations.server import Webhook  # noqa: PLC0415 - see `run`

    variable = "CHUNKR_SERVER_WEBHOOK_SECRET"
    file = arguments.webhook_secret_file
    secrets = _secrets(file, "--webhook-secret-file", variable, environment, what="secret")
    try:
        return [Webhook(url, secrets, allow_private=arguments.webhook_allow_private) for url in arguments.webhook_url]
    except ValueError as exc:
        raise ConfigurationError(f"--webhook-url, --webhook-secret-file or {variable}: {exc}") from exc


def _checked_metrics(wanted: bool) -> bool:
    if wanted:
        try:
            import prometheus_client  # noqa: F401, PLC0415 - an extra
        except ImportError as exc:
            raise MissingExtraError("metrics", needed_for="--metrics") from exc
    return wanted


def _secrets(
    path: str | None, flag: str, variable: str, environment: Mapping[str, str], *, what: str
) -> tuple[str, ...]:
    """From the environment, then the file; the order is kept, because the first webhook secret is the current one."""
    found = [one.strip() for one in environment.get(variable, "").split(",")]
    if path is not None:
        found += [line.partition("#")[0].strip() for line in read_text(path).splitlines()]
        if not any(found):
            raise ConfigurationError(f"{flag} {path}: there is no {what} in it. Write one a line.")
    return tuple(dict.fromkeys(one for one in found if one))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


# ---------------------------------------------------------------------- what options are, for argparse's messages
def _number(text: str, *, whole: bool, least: float) -> float:
    value = float(text)  # a ValueError is argparse's "invalid value"
    if not least <= value < float("inf") or (whole and value != int(value)):
        raise argparse.ArgumentTypeError(
            f"give {'a whole number' if whole else 'a number'} of {least:g} or more, not {text!r}"
        )
    return value


def _whole(text: str) -> int:
    return int(_number(text, whole=True, least=1))


def _count(text: str) -> int:
    return int(_number(text, whole=True, least=0))


def _mib(text: str) -> int:
    return _whole(text) * _MIB


def _seconds(text: str) -> float:
    return _number(text, whole=False, least=0.001)


def _rate(text: str) -> float:
    return _number(text, whole=False, least=0)
