"""Which hosts are the property's own, and which only borrow its visitors for a moment: to pay, to log in."""

from __future__ import annotations

import re
from collections.abc import Iterable

from journey_analytics.profiling.profile import Counted, ExportProfile

# parts of a host name of which one is enough
_PAYMENT = (
    "adyen", "afterpay", "bancontact", "betalen", "betaling", "billink", "buckaroo", "giropay", "icepay", "ideal",
    "ingenico", "klarna", "mollie", "multisafepay", "ogone", "paynl", "paypal", "riverty", "saferpay", "sisow",
    "sofort", "stripe", "tikkie", "worldline", "worldpay", "checkout", "payment", "payments", "pay", "3dsecure", "acs",
    "in3", "abnamro", "rabobank", "bunq", "asnbank", "snsbank", "knab",
)  # fmt: skip
_LOGIN = (
    "digid", "eherkenning", "inloggen", "login", "signin", "sso", "idp", "idin", "itsme", "signicat", "okta", "auth0",
    "microsoftonline",
)  # fmt: skip
_NOT_LIVE = ("localhost", "staging", "stage", "test", "tst", "dev", "acc", "acceptance", "preview", "local", "uat")
_TWO_PART_ENDINGS = ("co", "com", "org", "net", "ac", "gov", "gv", "or")
_ADDRESS = re.compile(r"^[\d.]+$|^\[")
_OWN_SHARE = 0.01
_MOST = 12
_MID_SESSION_SHARE = 0.8
_MID_SESSION_LEAST = 10


def own_hosts(profile: ExportProfile) -> list[Counted]:
    """Return the property's own hosts: the big ones and those of the same domain, with and without www."""
    live = [host for host in profile.hosts if _is_live(host.name)]
    if not live:
        return []
    least = sum(host.count for host in profile.hosts) * _OWN_SHARE
    main = domain(live[0].name)
    own = [h for h in live if domain(h.name) == main or (h.count >= least and not is_payment(h.name))][:_MOST]
    seen = {host.name for host in own}
    # GA4 leaves www away where it names a source
    bare = dict.fromkeys(host.name.removeprefix("www.") for host in own if host.name.startswith("www."))
    return own + [Counted(name, 0) for name in bare if name not in seen]


def test_hosts(profile: ExportProfile) -> list[Counted]:
    """Return hosts on which the site is made, not visited."""
    return [host for host in profile.hosts if not _is_live(host.name)]


def payment_hosts(profile: ExportProfile) -> list[Counted]:
    """Return the hosts of payment and log-in providers that visitors came back from."""
    own = {host.name for host in own_hosts(profile)}
    found = {r.host: r.page_views for r in profile.referrers if is_payment(r.host)}
    for channel in profile.channels:
        if "." in channel.source and channel.medium == "referral" and is_payment(channel.source):
            found.setdefault(channel.source, channel.sessions)
    for host in list(found):
        found.setdefault(host.removeprefix("www."), 0)
    return [Counted(name, count) for name, count in found.items() if name not in own][:_MOST]


def mid_session_hosts(profile: ExportProfile) -> list[Counted]:
    """Return other hosts that visitors come from when they are on the site already: perhaps they only went to pay."""
    known = {host.name for host in (*own_hosts(profile), *payment_hosts(profile))}
    main = {domain(host) for host in known}
    return [
        Counted(r.host, r.mid_session)
        for r in profile.referrers
        if r.page_views >= _MID_SESSION_LEAST
        and r.mid_session >= _MID_SESSION_SHARE * r.page_views
        and r.host not in known
        and domain(r.host) not in main
    ][:_MOST]


def is_payment(host: str) -> bool:
    """Return whether a host is one that visitors only pay or log in at.

    >>> is_payment("www.paypal.com"), is_payment("pay.mollie.nl"), is_payment("ideal.ing.nl"), is_payment("shopping.nl")
    (True, True, True, False)
    """
    return _has_part(host, (*_PAYMENT, *_LOGIN)) or domain(host) in ("pay.nl", "ing.nl")


def domain(host: str) -> str:
    """Return the part of a host name that somebody registered.

    >>> domain("shop.example.nl"), domain("www.example.co.uk"), domain("localhost")
    ('example.nl', 'example.co.uk', 'localhost')
    """
    parts = host.split(".")
    size = 3 if len(parts) > 2 and parts[-2] in _TWO_PART_ENDINGS and len(parts[-1]) == 2 else 2
    return ".".join(parts[-size:])


def _is_live(host: str) -> bool:
    return bool(host.strip()) and not _ADDRESS.match(host) and not _has_part(host, _NOT_LIVE)


def _has_part(host: str, parts: Iterable[str]) -> bool:
    return not set(re.split(r"[.-]", host)).isdisjoint(parts)
