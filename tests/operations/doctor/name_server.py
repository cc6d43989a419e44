"""A name server on this machine that says what a test tells it to, over UDP and TCP."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from funnel.operations.doctor.names import Names

SERVFAIL, SILENT, GARBAGE = "SERVFAIL", "SILENT", "GARBAGE"
_MOST_UDP = 1232
_TRIES = 20
Zone = Mapping[tuple[str, str], Sequence[str] | str]


class NameServer:
    """Answers from `zone`: (name, type) to rows as in a zone file, or one of SERVFAIL, SILENT and GARBAGE.

    A name with other types only is empty, any other does not exist. CNAME rows are followed as a resolver does.
    """

    def __init__(self, zone: Zone) -> None:
        self.zone, self.asked = dict(zone), list[str]()
        self._udp, self._tcp = self._on_one_port()
        self.port: int = self._udp.server_address[1]
        self._udp.daemon_threads = self._tcp.daemon_threads = True

    def _on_one_port(self) -> tuple[socketserver.ThreadingUDPServer, socketserver.ThreadingTCPServer]:
        """The same port twice. What is free for one protocol may be somebody's in the other: then another is tried."""
        for _ in range(_TRIES):
            tcp = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._tcp_handler())
            try:
                return socketserver.ThreadingUDPServer(tcp.server_address, self._udp_handler()), tcp
            except OSError:
                tcp.server_close()
        raise OSError(f"no port was free for both protocols in {_TRIES} tries")

    @property
    def names(self) -> Names:
        return Names(["127.0.0.1"], self.port, seconds=1.0)

    def __enter__(self) -> NameServer:
        for server in (self._udp, self._tcp):
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()

    def answer(self, wire: bytes, *, whole: bool) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append(f"{name} {kind}")
        rows = self.zone.get((name, kind), [])
        if rows == SILENT:
            return None
        if rows == GARBAGE:
            return wire[:2] + b"\x81\x80" + b"\xff" * 20
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        if rows == SERVFAIL:
            reply.set_rcode(dns.rcode.SERVFAIL)
            return reply.to_wire()
        self._fill(reply, name, kind, rows)
        data = reply.to_wire(max_size=65_535)
        if len(data) > _MOST_UDP and not whole:
            reply.answer = []
            reply.flags |= dns.flags.TC
            data = reply.to_wire()
        return data

    def _fill(self, reply: dns.message.Message, name: str, kind: str, rows: Sequence[str]) -> None:
        at, seen = name, set[str]()
        while led := self.zone.get((at, "CNAME")):
            seen.add(at)
            reply.answer.append(dns.rrset.from_text(at + ".", 60, "IN", "CNAME", *led))
            at = led[0].rstrip(".").lower()
            if at in seen:
                return
            rows = self.zone.get((at, kind), [])
        if rows:
            reply.answer.append(dns.rrset.from_text(at + ".", 60, "IN", kind, *rows))
        elif not any(known == at for known, _ in self.zone):
            reply.set_rcode(dns.rcode.NXDOMAIN)

    def _udp_handler(self) -> type[socketserver.BaseRequestHandler]:
        server = self

        class Udp(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                data, own = self.request
                reply = server.answer(data, whole=False)
                if reply is not None:
                    own.sendto(reply, self.client_address)

        return Udp

    def _tcp_handler(self) -> type[socketserver.BaseRequestHandler]:
        server = self

        class Tcp(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                connection: socket.socket = self.request
                head = connection.recv(2)
                if len(head) == 2:
                    reply = server.answer(connection.recv(struct.unpack("!H", head)[0]), whole=True)
                    if reply is not None:
                        connection.sendall(struct.pack("!H", len(reply)) + reply)

        return Tcp


def txt(*texts: str) -> list[str]:
    """TXT rows, long texts in strings of 255."""
    return [" ".join(f'"{text[at : at + 255]}"' for at in range(0, max(len(text), 1), 255)) for text in texts]
