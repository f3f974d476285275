from __future__ import annotations

from collections.abc import Iterator

import pytest

from journey_analytics.definitions.settings import Redaction
from journey_analytics.ingest.redaction import redacted_when_needed
from journey_analytics.warehouse import Warehouse


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with Warehouse.open() as opened:
        yield opened


CASES = [
    # addresses, however they are written
    ("mail to jan@x.nl now", "mail to [email] now"),
    ("https://x.nl/?q=jan.de-vries%40mail.x.nl&p=2", "https://x.nl/?q=[email]&p=2"),
    ("https://x.nl/?q=jan%2Bnews%2540x.nl", "https://x.nl/?q=[email]"),
    ("https://x.nl/bedankt/JAN@X.NL/ok", "https://x.nl/bedankt/[email]/ok"),
    ("https://x.nl/?next=https%3A%2F%2Fy.nl%3Fq%3Djan%40x.nl", "https://x.nl/?next=https%3A%2F%2Fy.nl%3Fq%3D[email]"),
    ("josé.müller@münchen.de", "[email]"),
    ("a@x.nl, b@y.nl", "[email], [email]"),
    # credentials, whose host stays
    ("https://jan:geheim@www.x.nl/a?p=2", "https://[redacted]@www.x.nl/a?p=2"),
    ("http://jan@localhost:8080/a", "http://[redacted]@localhost:8080/a"),
    ("HTTPS://jan:a@b@x.nl, jan@x.nl", "HTTPS://[redacted]@x.nl, [email]"),
    ("https://x.nl/?to=https%3A%2F%2Fjan%3Ageheim%40y.nl%2Fa", "https://x.nl/?to=https%3A%2F%2F[redacted]@y.nl%2Fa"),
    ('{"url": "https://x.nl", "who": "jan@x.nl"}', '{"url": "https://x.nl", "who": "[email]"}'),
    # no addresses
    ("https://medium.com/@someone/post", "https://medium.com/@someone/post"),
    ("50% @ home", "50% @ home"),
    # values of listed parameters
    ("https://x.nl/?token=abc&p=2", "https://x.nl/?token=[redacted]&p=2"),
    ("https://x.nl/?p=2&Access_Token=a.b-c_d#top", "https://x.nl/?p=2&Access_Token=[redacted]#top"),
    ("https://x.nl/#access_token=abc", "https://x.nl/#access_token=[redacted]"),
    ("https://x.nl/?p=2&amp;token=abc&amp;q=1", "https://x.nl/?p=2&amp;token=[redacted]&amp;q=1"),
    ("https://x.nl/?user[email]=x&q=1", "https://x.nl/?user[email]=[redacted]&q=1"),
    ("https://x.nl/?to=%2Fa%3Ftoken%3Dabc%26p%3D2&q=1", "https://x.nl/?to=%2Fa%3Ftoken=[redacted]%26p%3D2&q=1"),
    ("https://x.nl/?password=a%20b%2Fc&q=1", "https://x.nl/?password=[redacted]&q=1"),
    ("https://x.nl/?token=&q=1", "https://x.nl/?token=[redacted]&q=1"),
    ("token=abc", "token=[redacted]"),
    ("https://x.nl/?email=jan@x.nl", "https://x.nl/?email=[redacted]"),
    # others stay
    ("https://x.nl/?mytoken=abc&tokens=2&q=token", "https://x.nl/?mytoken=abc&tokens=2&q=token"),
    ("https://x.nl/?utm_source=nieuwsbrief&gclid=Abc", "https://x.nl/?utm_source=nieuwsbrief&gclid=Abc"),
    ("", ""),
    (None, None),
]


@pytest.mark.parametrize(("text", "stored"), CASES)
def test_addresses_and_secrets_are_cut_out_and_nothing_else(
    warehouse: Warehouse, text: str | None, stored: str | None
) -> None:
    sql = f"select {redacted_when_needed('t', Redaction())} from (select cast(? as varchar) as t)"
    assert warehouse.value(sql, [text]) == stored


def test_what_is_cut_out_is_a_setting(warehouse: Warehouse) -> None:
    redaction = Redaction(emails=False, parameters=("klantnummer",))
    sql = f"select {redacted_when_needed('t', redaction)} from (select '?klantnummer=12&token=a&mail=jan@x.nl' as t)"
    assert warehouse.value(sql) == "?klantnummer=[redacted]&token=a&mail=jan@x.nl"


def test_credentials_are_cut_out_also_where_mail_addresses_and_parameters_may_stay(warehouse: Warehouse) -> None:
    redaction = Redaction(emails=False, parameters=())
    sql = f"select {redacted_when_needed('t', redaction)} from (select 'https://jan:geheim@x.nl/jan@y.nl' as t)"
    assert warehouse.value(sql) == "https://[redacted]@x.nl/jan@y.nl"


def test_it_can_be_switched_off(warehouse: Warehouse) -> None:
    sql = f"select {redacted_when_needed('t', Redaction(is_on=False))} from (select '?token=a&mail=jan@x.nl' as t)"
    assert warehouse.value(sql) == "?token=a&mail=jan@x.nl"


def test_a_parameter_name_is_no_pattern(warehouse: Warehouse) -> None:
    sql = f"select {redacted_when_needed('t', Redaction(parameters=('a.b',)))} from (select '?a.b=1&axb=2' as t)"
    assert warehouse.value(sql) == "?a.b=[redacted]&axb=2"
