"""Addresses: page_location with its query, page_title and page_referrer; here and there something to be redacted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from journey_analytics.sample.compiled import Compiled
from journey_analytics.sample.draws import Bools, Ints, starts
from journey_analytics.sample.moments import Moments
from journey_analytics.sample.visits import Steps

SHOWS_EMAIL = 0.03
SHOWS_TOKEN = 0.02
TOKEN_PAGES = ("account", "account_orders", "login", "my_account")
MAILBOXES = ("j.jansen%40example.org", "sanne.devries@example.org", "p.bakker%40example.com", "fatima.el@example.com")
BASE64 = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", dtype="S1")
HEXADECIMAL = np.frombuffer(b"0123456789abcdef", dtype="S1")
GCLID_LENGTH = 24
TOKEN_LENGTH = 16


@dataclass(frozen=True)
class Addresses:
    """Texts per step; `gclid` is per session, null where there was no paid click."""

    location: pa.Array
    title: pa.Array
    referrer: pa.Array
    gclid: pa.Array
    search_term: pa.Array
    found: Ints


def random_texts(rng: np.random.Generator, alphabet: np.ndarray, size: int, length: int) -> pa.Array:
    """Return texts of one length."""
    letters = alphabet[rng.integers(0, len(alphabet), (size, length))]
    return pa.array(letters.view(f"S{length}").ravel().astype(str) if size else [], pa.string())


def write_addresses(rng: np.random.Generator, compiled: Compiled, steps: Steps, moments: Moments) -> Addresses:
    """Return the addresses of all page views."""
    site = compiled.site
    paths = [path for page in site.pages for path in page.paths]
    plain = pa.array([f"https://{site.host}{path}" if path else None for path, _ in paths], pa.string())
    landing = starts(moments.session)
    gclid = _gclids(rng, compiled, moments)
    term, found = _searches(rng, compiled, steps)
    query = _join("?", _join("", *_query_parts(rng, compiled, steps, moments, landing, gclid, term)), skip_empty=True)
    location = _join("", plain.take(steps.path), query)
    previous = np.maximum(np.arange(len(steps.page)) - 1, 0)
    outside = pa.array([channel.referrer or None for channel in site.channels], pa.string())
    referrer = pc.if_else(landing, outside.take(steps.channel), location.take(previous))
    return Addresses(
        location=location,
        title=pa.array([f"{title} | {site.title}" if title else None for _, title in paths], pa.string()).take(
            steps.path
        ),
        referrer=referrer,
        gclid=gclid,
        search_term=term,
        found=found,
    )


def _join(separator: str, *parts: pa.Array | str, skip_empty: bool = False) -> pa.Array:
    """Return texts joined; with `skip_empty` the separator goes before a text, unless it is empty."""
    if skip_empty:
        (only,) = parts
        return pc.if_else(pc.equal(only, ""), "", pc.binary_join_element_wise("", only, separator))
    return pc.binary_join_element_wise(*parts, separator)


def _gclids(rng: np.random.Generator, compiled: Compiled, moments: Moments) -> pa.Array:
    paid = np.array([channel.has_gclid for channel in compiled.site.channels])[moments.sessions.channel]
    texts = random_texts(rng, BASE64, int(paid.sum()), GCLID_LENGTH)
    return texts.take(pa.array(np.cumsum(paid) - 1, mask=~paid))


def _searches(rng: np.random.Generator, compiled: Compiled, steps: Steps) -> tuple[pa.Array, Ints]:
    """Return term and number of results of a search; those with the planted signal find nothing."""
    site, size = compiled.site, len(steps.page)
    if not site.searches:
        return pa.nulls(size, pa.string()), np.zeros(size, dtype=np.int64)
    empty = [number + 1 for number, truth in enumerate(site.truths) if truth.is_search_without_results]
    nothing = np.isin(steps.signal, empty)
    some = rng.integers(0, len(site.searches), size)
    none = len(site.searches) + rng.integers(0, len(site.searches_without_results), size)
    terms = pa.array([*site.searches, *site.searches_without_results], pa.string())
    searched = steps.page == site.page_number("search")
    term = terms.take(pa.array(np.where(nothing, none, some), mask=~searched))
    return term, np.where(nothing, 0, 3 + some * 4).astype(np.int64)


def _query_parts(
    rng: np.random.Generator,
    compiled: Compiled,
    steps: Steps,
    moments: Moments,
    landing: Bools,
    gclid: pa.Array,
    term: pa.Array,
) -> list[pa.Array]:
    """Return the parts of the query of each address; an empty text where there is none."""
    site, size = compiled.site, len(steps.page)
    utm = pa.array([channel.query for channel in site.channels], pa.string()).take(steps.channel)
    utm = pc.if_else(landing, utm, "")
    click = _join("", "gclid=", gclid.take(moments.session))
    click = pc.if_else(landing, pc.fill_null(click, ""), "")
    question = _join("", "q=", pc.replace_substring(term, " ", "+"))
    mailed = np.array([channel.medium == "email" for channel in site.channels])[steps.channel] & landing
    shown = mailed & (rng.random(size) < SHOWS_EMAIL)
    mailbox = pa.array([f"&email={box}" for box in MAILBOXES]).take(rng.integers(0, len(MAILBOXES), size))
    private = np.isin(steps.page, [n for n, page in enumerate(site.pages) if page.kind in TOKEN_PAGES])
    has_token = private & ~landing & (rng.random(size) < SHOWS_TOKEN)
    tokens = random_texts(rng, HEXADECIMAL, int(has_token.sum()), TOKEN_LENGTH)
    tokens = tokens.take(pa.array(np.cumsum(has_token) - 1, mask=~has_token))
    token = _join("", "token=", tokens)
    return [utm, pc.if_else(shown, mailbox, ""), click, pc.fill_null(question, ""), pc.fill_null(token, "")]
