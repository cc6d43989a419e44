"""The one way in which webhooks ask something of the network: a short, bounded GET that follows no redirect."""

from __future__ import annotations

_SECONDS = (3.05, 5)
_MOST_BYTES = 64 * 1024


def fetch(url: str) -> bytes:
    """What stands at an address that the caller has checked. Raises OSError where it is not answered with 200."""
    # Loaded only for the few that ask: every process of the web server starts the sooner.
    import requests

    with requests.get(url, timeout=_SECONDS, allow_redirects=False, stream=True) as response:
        if response.status_code != 200:
            raise OSError(f"answered with {response.status_code}")
        content = b""
        for part in response.iter_content(4096):
            content += part
            if len(content) > _MOST_BYTES:
                raise OSError("the answer is too long")
    return content
