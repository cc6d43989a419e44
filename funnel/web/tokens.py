"""How a token stands in an address of ours: to its end, with whatever a mail program took along behind it."""

from __future__ import annotations

from werkzeug.routing import PathConverter


class TokenConverter(PathConverter):
    """`<token:…>` in a route: also where a slash or a line break stands behind the token (`Links.open` cuts it off)."""

    regex = r"[^/](?s:.*?)"
