"""The web server ends whenever it is asked to, however often and in whatever moment."""

from __future__ import annotations

from threading import Thread

from granian.constants import Interfaces

from funnel.cli.web_server import TARGET, Server


def test_a_signal_never_waits_for_the_moment_it_has_interrupted() -> None:
    server = Server(TARGET, interface=Interfaces.WSGI)
    woken = server.main_loop_interrupt
    with vars(woken)["_cond"]:  # as when the signal finds the loop, or another signal's handler, holding it
        for _ in range(3):
            handler = Thread(target=server.signal_handler_interrupt, daemon=True)
            handler.start()
            handler.join(10)
            assert not handler.is_alive()
    assert server.interrupt_signal
    assert woken.wait(10)


def test_being_asked_to_stop_is_not_forgotten_where_a_process_is_started_anew_in_that_moment() -> None:
    server = Server(TARGET, interface=Interfaces.WSGI)
    server.signal_handler_interrupt()
    for _ in range(2):
        assert server.main_loop_interrupt.wait(10)
        server.main_loop_interrupt.clear()
