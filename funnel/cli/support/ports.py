"""Free ports, and addresses that a person can open."""

from __future__ import annotations

import errno
import ipaddress
import socket

from funnel.cli.support.problems import CannotStart


def free_port(host: str) -> int:
    """A port that nobody listens on now."""
    with socket.socket(_family(host), socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def claim_port(host: str, port: int) -> int:
    """The port itself, or a free one for 0. Raises CannotStart where somebody already listens there.

    Checked before anything is started, so that the error is one sentence and nothing has to be stopped.
    """
    if port == 0:
        return free_port(host)
    try:
        with socket.socket(_family(host), socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise CannotStart(_why_not(host, port, error)) from None
    return port


def reachable(host: str) -> str:
    """The host a browser on this machine would use, ready to stand in an address."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"
    return f"[{address}]" if address.version == 6 else str(address)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is taken: another program listens there, perhaps this service already. "
            f"Choose another with --port {port + 1 if port < 65535 else 8000}, or --port 0 for any free one"
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is reserved for the system: choose one from 1024 up, for example --port 8000"
    return f"{host} is not an address of this machine: choose another with --host, for example --host 127.0.0.1"
