"""The current request: session, client address, account and language."""

from __future__ import annotations

import hashlib
from typing import Any

from gradio.context import LocalContext

from funaudio_core import settings
from funaudio_core.i18n.catalog import preferred_language, translate
from funaudio_core.message import Message
from server import auth

LOCAL_ADDRESSES = frozenset(("127.0.0.1", "::1", ""))  # this machine, and calls from Python


def client_id() -> str:
    """Return who waits in the queue: the session, since many people may share an address, else the account."""
    return session_id() or account_id()


def account_id() -> str:
    """Return the account of the current request; see account_of()."""
    return account_of(LocalContext.request.get(None))


def owner_id() -> str:
    """Return the hash of the account of the current request, which stored work keeps in its place."""
    return hash_account(account_id())


def hash_account(account: str) -> str:
    """Return the hash of an account, which may be a network address."""
    return hashlib.sha256(account.encode()).hexdigest()


def account_name() -> str:
    """Return the login name of the current request, "" without one."""
    return auth.user_name(LocalContext.request.get(None))


def account_of(request: Any) -> str:
    """Return the account that limits apply to: the login name, else the address, which many people may share."""
    name = auth.user_name(request)
    return f"login {name}" if name else client_address(request)


def client_address(request: Any) -> str:
    """Return the client address reported by the outermost trusted proxy, or the peer's address without proxies.

    Entries of other proxies can be forged by the client.
    """
    forwarded = str((getattr(request, "headers", None) or {}).get("x-forwarded-for", ""))
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    proxies = settings.read().trusted_proxies
    if proxies and len(hops) >= proxies:
        return hops[-proxies]
    return str(getattr(getattr(request, "client", None), "host", "") or "")


def session_id() -> str:
    """Return the session of the current request, "" for a call from Python."""
    request = LocalContext.request.get(None)
    return str(getattr(request, "session_hash", None) or "")


def language() -> str:
    """Return the visitor's language: "zh" if the browser prefers Chinese, else "en"."""
    headers = getattr(LocalContext.request.get(None), "headers", None) or {}
    return preferred_language(headers.get("accept-language", ""))


def localize(template: str, /, **values: object) -> str:
    """Return a message, or a template with its values, in the visitor's language."""
    return translate(template if isinstance(template, Message) else Message(template, **values), language())
