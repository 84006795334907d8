"""The current request: session, client address, account and language."""

from __future__ import annotations

from typing import Any

from gradio.context import LocalContext

from funaudio_core import settings
from funaudio_core.i18n.catalog import preferred_language, translate
from funaudio_core.message import Message
from server import auth

LOCAL_ADDRESSES = frozenset(("127.0.0.1", "::1", ""))  # addresses of whoever runs the app, and of calls from Python


def client_id() -> str:
    """Who stands in line: a page that is open, since many people may share an address."""
    request = LocalContext.request.get(None)
    return str(getattr(request, "session_hash", None) or "") or account_id()


def account_id() -> str:
    """Whose allowance it is for whom the caller works: see payer_of()."""
    return account_of(LocalContext.request.get(None))


def account_of(request: Any) -> str:
    """Whose allowance it is: that of the login name where there is one, else of the address, which many may share."""
    name = auth.user_name(request)
    return f"login {name}" if name else client_address(request)


def client_address(request: Any) -> str:
    """Where a request comes from: as the outermost of our own proxies tells it, or as it arrived where there is none.

    What further proxies claim can be forged by whoever asks.
    """
    told = str((getattr(request, "headers", None) or {}).get("x-forwarded-for", ""))
    hops = [hop.strip() for hop in told.split(",") if hop.strip()]
    proxies = settings.read().trusted_proxies
    if proxies and len(hops) >= proxies:
        return hops[-proxies]
    return str(getattr(getattr(request, "client", None), "host", "") or "")


def session_id() -> str:
    """The open page, or the script, for which the caller works; "" for a call from Python."""
    request = LocalContext.request.get(None)
    return str(getattr(request, "session_hash", None) or "")


def language() -> str:
    """Which language the visitor reads: "zh" where their browser puts Chinese first, else "en", as for callers."""
    headers = getattr(LocalContext.request.get(None), "headers", None) or {}
    return preferred_language(headers.get("accept-language", ""))


def localize(template: str, /, **values: object) -> str:
    """A phrase, or a template and its values, in the visitor's language."""
    return translate(template if isinstance(template, Message) else Message(template, **values), language())
