"""What the two mails of a change of address say: to the new one, and to the one before. Neither names the other."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.orm import Session

from funnel.compose import FillError
from funnel.context import Context
from funnel.curriculum.countries import country_of_zone
from funnel.links import Purpose
from funnel.models import AddressChange, Delivery, DeliveryKind, Lead
from funnel.people.addresses import mailed_address


class AddressMail(NamedTuple):
    """The template's name, what fills it, and where the mail goes."""

    template: str
    values: dict[str, str]
    recipient: str


def address_mail(session: Session, context: Context, row: Delivery, lead: Lead) -> AddressMail:
    """Raises FillError where the change is gone, or too old for its addresses to be kept."""
    change = session.get(AddressChange, int(row.detail.get("change", 0)))
    recipient = mailed_address(session, row, lead)
    if change is None or not recipient:
        raise FillError("address", "The change of address of this mail is gone: drop it")
    links, made_at = context.links, context.clock.machine_at(row.created_at)
    if row.kind == DeliveryKind.NEW_ADDRESS:  # whoever reads it need not be her: nothing of her stands in it
        url = links.dated_to(Purpose.NEW_ADDRESS, change.ref, made_at)
        country = country_of_zone(context.library.practice.zone)
        return AddressMail("new-address", {"confirm_url": url, "country": country}, recipient)
    url = links.dated_to(Purpose.OLD_ADDRESS, change.ref, made_at)
    return AddressMail("old-address", {"undo_url": url, "country": country_of_zone(context.zone_of(lead))}, recipient)
