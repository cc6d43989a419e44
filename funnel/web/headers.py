"""The headers every answer carries."""

from __future__ import annotations

from flask import Flask, Response, request

PAGE_POLICY = "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
# A mail brings its styles with it, in attributes, and may show pictures; it never runs anything.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
# Read on the web, it has the serif of our pages besides.
COPY_POLICY = MAIL_POLICY.replace("style-src 'unsafe-inline'", "style-src 'self' 'unsafe-inline'; font-src 'self'")
_PUBLIC = {"cards", "media", "pages", "practice_pages", "sessions", "static"}


def add_headers(app: Flask, https: bool) -> None:
    """Add the headers to every answer of the app that does not set its own."""

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
        # Addresses hold tokens, so no other site may learn them.
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if https:
            response.headers["Strict-Transport-Security"] = "max-age=15552000"
        if (request.endpoint or "").partition(".")[0] not in _PUBLIC:
            response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
            # Pages of one reader, or for colleagues: nothing on the way keeps them, and no browser.
            response.headers.setdefault("Cache-Control", "no-store")
        else:
            response.headers.setdefault("Cache-Control", "no-cache")
        return response
