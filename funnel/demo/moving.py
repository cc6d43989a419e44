"""How an address is changed beyond the room: the new one says yes by its mail, the old one takes it back by its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from funnel.demo.browser import BrowsingError, Visit, without_token
from funnel.demo.deeds import AddressMove, Press
from funnel.demo.filling import button, expected
from funnel.demo.player import Player

NEW, OLD = "/new-address/", "/old-address/"
"""What the addresses begin with of the pages that the two mails lead to."""

# How long the old address may take the change back (docs/privacy.md); the notice may be late on a busy machine.
_MAY_BE_TAKEN_BACK = timedelta(days=7)
_GONE = 410


class Moving:
    """One person's two mailboxes, while letters move from one to the other."""

    def __init__(self, player: Player) -> None:
        self._person, self._diary, self._browser = player.person, player.diary, player.browser

    def confirm(self, url: str, address: str) -> None:
        """Opens the page that the mail to the new address leads to, and presses its button."""
        page = expected(self._browser.get(url), 200)
        self._diary.moved(self._person, AddressMove(address, self._press(page)))

    def take_back(self, url: str) -> None:
        """Does the same by the mail to the old address; once the days for it have passed, there is nothing to press."""
        move = self._diary.move_of(self._person)
        if move is None:
            raise BrowsingError("the old address was told of a change that nobody confirmed")
        page = self._browser.get(url)
        if page.status == _GONE and self._diary.now().story > move.pressed.before.story + _MAY_BE_TAKEN_BACK:
            return
        self._diary.moved(self._person, replace(move, taken_back=self._press(expected(page, 200))))

    def _press(self, page: Visit) -> Press:
        """The press, and what is said after it: 200 and no button, where it was done."""
        form, before = button(page), self._diary.now()
        answer = expected(self._browser.submit(page, form, form.fields), 200)
        if any(form.method == "post" for form in answer.page.forms):
            raise BrowsingError(f"{without_token(page.path)} does not say that it was done")
        return Press(before, self._diary.now())
