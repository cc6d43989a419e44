"""What to put into one's own site, as `funnel embed` prints it, and who signed up from where."""

from __future__ import annotations

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from funnel.insight import source_counts
from funnel.web.context import current_service
from funnel.web.dashboard.blueprint import blueprint
from funnel.web.embed.snippets import LADDER, LONGEST_SOURCE, FormPlace, content_policy, may_stand


@blueprint.get("/embed")
def embedding() -> ResponseReturnValue:
    """The ladder for one offer. A GET that changes nothing: what was chosen stands in the address."""
    service = current_service()
    offers = {slug: offer for slug, offer in sorted(service.library.offers.items()) if offer.open}
    sites = service.library.practice.sites
    slug = request.args.get("offer") or next(iter(offers), "")
    site = request.args.get("site") or (sites[0] if sites else "")
    source = " ".join(request.args.get("source", "").split())[:LONGEST_SOURCE]
    if (slug and slug not in offers) or (site and site not in sites) or not source.isprintable():
        abort(404)
    rungs = []
    if slug:
        practice = service.library.practice
        place = FormPlace(service.links.url(""), offers[slug], practice.colours, site, source, practice.language)
        rungs = [
            (rung, rung.make(place) if may_stand(rung, place) else "", content_policy(place, rung.name))
            for rung in LADDER.values()
        ]
    with service.db.read() as session:
        counts = source_counts(session)
    chosen = {"slug": slug, "site": site, "source": source}
    return render_template("dashboard/embedding.html", offers=offers, sites=sites, rungs=rungs, counts=counts, **chosen)
