"""Who buys in the practice's own checkout, which says so; one of two is given the money back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

from funnel.demo.acts import Act, Arrival
from funnel.demo.browser import Browser, BrowsingError
from funnel.demo.deeds import Press
from funnel.demo.diary import Diary
from funnel.demo.evidence import Disagreement, Evidence, Fault
from funnel.demo.filling import expected
from funnel.subscription.buying import PurchaseNote, note_purchase
from funnel.subscription.refunding import Refund, note_refund
from funnel.wiring import Service

_BUYERS = ("buyer-1@example.org", "buyer-2@example.org")
_REFUNDED = _BUYERS[1:]
_COMES_AT = 1 / 8  # of the story
_PAYS_SECONDS = 1.5
_GIVEN_BACK_AFTER = timedelta(days=6)
_BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
_BY = "the checkout"


class Shop:
    """The practice's checkout: what it sells is the first offer that is sold, if there is one."""

    def __init__(self, service: Service, site_url: str, diary: Diary) -> None:
        self._service, self._site_url, self._diary = service, site_url, diary
        self._offer = next((each for each in service.library.offers.values() if each.paid and each.open), None)
        self._browser = Browser(site_url, _BROWSER)

    def arrivals(self, begins: datetime, lasts: timedelta) -> Iterable[Arrival]:
        """When each buyer comes to the page of what is sold."""
        if self._offer is not None:
            for email in _BUYERS:
                yield begins + lasts * _COMES_AT, email, partial(self._come, email)

    def _come(self, email: str) -> Act | None:
        """The page leads to the checkout, which is not on this machine, and to no form of ours."""
        if self._offer is None:
            return None
        page = expected(self._browser.get(f"{self._site_url}/offers/{self._offer.slug}"), 200)
        self._diary.visited_offer(self._offer.slug)
        if any(form.action.endswith("/signup") for form in page.page.forms):
            raise BrowsingError(f"{page.path} takes sign-ups for what is sold")
        if all(link.href != self._offer.checkout for link in page.page.links):
            raise BrowsingError(f"{page.path} does not lead to the checkout")
        return Act(_PAYS_SECONDS, partial(self._pay, email, self._offer.slug))

    def _pay(self, email: str, offer: str) -> Act | None:
        before, now = self._diary.now(), self._service.clock.now()
        note_purchase(self._service, PurchaseNote(email, offer, _BY, order=email), now)
        zone = self._service.library.practice.zone  # nobody has said another
        self._diary.bought(email, zone, offer, Press(before, self._diary.now()))
        if email not in _REFUNDED:
            return None
        later = self._service.clock.machine_seconds(_GIVEN_BACK_AFTER)
        return Act(later, partial(self._give_back, email, offer), may_lapse=True)

    def _give_back(self, email: str, offer: str) -> None:
        note_refund(self._service, Refund(email, offer, _BY, email), self._service.clock.now())
        self._diary.given_back(email)


def purchases_as_noted(evidence: Evidence) -> Iterator[Disagreement]:
    """The dashboard counts what was bought and given back, and what is sold comes to nobody else."""
    buyers = [person for person in evidence.people.values() if person.bought]
    for offer in sorted({person.offer for person in buyers} | set(evidence.figures.purchases)):
        of_it = [person for person in buyers if person.offer == offer]
        made = len(of_it), sum(person.left is not None for person in of_it)
        shown = evidence.figures.purchases.get(offer, (0, 0))
        if shown != made:
            yield Disagreement(
                Fault.FIGURE,
                f"the dashboard shows {shown[0]} purchases of {offer}, {shown[1]} given back; the checkout sold "
                f"{made[0]}, and {made[1]} were given back",
            )
    bought = {person.email.casefold() for person in buyers}
    for row in evidence.rows:
        if row.sequence in evidence.sold and row.email.casefold() not in bought:
            yield Disagreement(Fault.UNASKED, f"{row.email} never bought {row.sequence} and has {row.name}")
