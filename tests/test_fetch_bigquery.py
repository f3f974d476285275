"""The door to Google, held against Google's own libraries where the optional extra `bigquery` is installed.

Nothing is sent: answers of the REST API are played below the real client, and a read session beside it. So these tests
hold names, signatures and shapes, and no more: nobody has yet tried the real service with this code.
"""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from journey_analytics.definitions.bigquery import BigQuery
from journey_analytics.errors import InputError, UsageError
from journey_analytics.fetching.bigquery import BigQueryExports, open_dataset
from journey_analytics.fetching.tables import TableState

try:
    import google.auth
    import requests
    from google.api_core import exceptions
    from google.auth.credentials import AnonymousCredentials
    from google.auth.exceptions import DefaultCredentialsError, RefreshError
    from google.cloud import bigquery, bigquery_storage

    IS_INSTALLED = True
except ImportError:
    IS_INSTALLED = False

with_google = pytest.mark.skipif(not IS_INSTALLED, reason="Google's libraries are not here: the extra `bigquery`")
without_google = pytest.mark.skipif(IS_INSTALLED, reason="Google's libraries are here")

SOURCE = BigQuery(project="shop-1", dataset="analytics_7")
DATASET = "https://bigquery.googleapis.com/bigquery/v2/projects/shop-1/datasets/analytics_7/tables"
TABLE = {"projectId": "shop-1", "datasetId": "analytics_7", "tableId": "events_20260601"}
FIELDS = [{"name": "event_name", "type": "STRING"}, {"name": "event_timestamp", "type": "INTEGER"}]
ROWS = pa.table({"event_name": ["page_view", "scroll"], "event_timestamp": [1, 2]})


def test_nothing_of_google_is_imported_until_a_dataset_is_opened() -> None:
    told = "import sys, journey_analytics.cli, journey_analytics.fetching.fetch, journey_analytics.fetching.bigquery; "
    told += "print([name for name in sys.modules if name.split('.')[0] in ('google', 'grpc')])"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    # a namespace package may be there by the mere installation of something of Google's
    assert json.loads(done.stdout.replace("'", '"')) in ([], ["google"])


@without_google
def test_without_the_extra_one_sentence_says_how_to_install_it() -> None:
    with pytest.raises(UsageError, match=r"optional extra `bigquery`.*pip install 'journey-analytics\[bigquery\]'"):
        open_dataset(SOURCE)


class PlayedAnswers:
    """A session of requests that sends nothing: it answers by the last part of the address."""

    is_mtls = False

    def __init__(self, answers: dict[str, tuple[int, dict[str, Any]]]) -> None:
        self.answers = answers

    def request(self, method: str, url: str, **_: Any) -> requests.Response:
        assert method == "GET"
        assert url.startswith(DATASET), url
        status, body = self.answers[url.split("?")[0].rsplit("/", 1)[-1]]
        answer = requests.Response()
        answer.status_code, answer._content = status, json.dumps(body).encode()
        answer.headers["content-type"] = "application/json"
        answer.request = requests.Request(method, url).prepare()
        return answer


class PlayedStorage:
    """A read session with two streams, each with the same rows."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, int]] = []

    def create_read_session(self, parent: str, read_session: Any, max_stream_count: int, **_: Any) -> Any:
        self.asked.append((parent, read_session.table, max_stream_count))
        return bigquery_storage.types.ReadSession(streams=[{"name": "one"}, {"name": "two"}])

    def read_rows(self, _name: str) -> Any:
        pages = [SimpleNamespace(to_arrow=lambda: ROWS.to_batches()[0])]
        return SimpleNamespace(rows=lambda *_: SimpleNamespace(pages=pages))


def played(
    answers: dict[str, tuple[int, dict[str, Any]]], storage: Any = None, billing_project: str = "shop-1"
) -> BigQueryExports:
    client = bigquery.Client(billing_project, credentials=AnonymousCredentials(), _http=PlayedAnswers(answers))
    return BigQueryExports("shop-1", "analytics_7", client, storage)


def refusal(code: int, reason: str, said: str) -> tuple[int, dict[str, Any]]:
    return code, {"error": {"code": code, "message": said, "errors": [{"reason": reason, "message": said}]}}


@with_google
def test_tables_are_listed_and_a_table_says_its_rows_and_when_it_was_written() -> None:
    milliseconds = "1780315200123"
    exports = played(
        {
            "tables": (200, {"tables": [{"tableReference": TABLE, "type": "TABLE"}]}),
            "events_20260601": (200, {"tableReference": TABLE, "numRows": "12", "lastModifiedTime": milliseconds}),
            "events_20260602": refusal(404, "notFound", "Not found: Table"),
        }
    )
    assert exports.dataset == "shop-1.analytics_7"
    assert list(exports.names()) == ["events_20260601"]
    noon = datetime(2026, 6, 1, 12, 0, 0, 123_000, tzinfo=UTC)
    assert exports.state("events_20260601") == TableState(12, noon)
    assert exports.state("events_20260602") is None


@with_google
def test_rows_are_read_from_the_storage_api_on_the_bill_of_the_project_that_pays() -> None:
    storage = PlayedStorage()
    schema = {"tableReference": TABLE, "schema": {"fields": FIELDS}, "numRows": "4"}
    exports = played({"events_20260601": (200, schema)}, storage, billing_project="pays-1")
    batches = list(exports.batches("events_20260601"))
    assert all(isinstance(batch, pa.RecordBatch) for batch in batches)
    assert pa.Table.from_batches(batches).equals(pa.concat_tables([ROWS, ROWS]).combine_chunks())
    ((parent, table, streams),) = storage.asked
    assert (parent, streams) == ("projects/pays-1", 4)
    assert table == "projects/shop-1/datasets/analytics_7/tables/events_20260601"


@with_google
@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (refusal(404, "notFound", "Not found: Dataset"), "is not there. Check project and dataset"),
        (refusal(403, "accessDenied", "Access Denied"), "need BigQuery Data Viewer on the dataset"),
        (refusal(403, "quotaExceeded", "Quota exceeded"), "a quota of BigQuery is used up"),
        (refusal(401, "authError", "Invalid Credentials"), "does not take the credentials"),
        (
            refusal(400, "invalid", "Bad dataset"),
            "does not answer as it should. Try again later. Google says: Bad dataset",
        ),
    ],
)
def test_a_no_of_bigquery_is_one_sentence_that_says_what_to_do(answer: tuple[int, dict[str, Any]], says: str) -> None:
    with pytest.raises(InputError, match=rf"^shop-1\.analytics_7: .*{says}"):
        played({"tables": answer}).names()


@with_google
@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (lambda: exceptions.NotFound("gone"), "is not there"),
        (lambda: exceptions.PermissionDenied("no readsessions.create"), "BigQuery Read Session User on the project"),
        (lambda: exceptions.ResourceExhausted("too many"), "a quota of BigQuery is used up"),
        (lambda: exceptions.ServiceUnavailable("503"), "does not answer as it should"),
        (lambda: exceptions.RetryError("gave up", None), "does not answer as it should"),
        (lambda: RefreshError("token expired"), "does not take the credentials"),
        (lambda: requests.exceptions.ConnectionError("no route"), "does not answer as it should"),
    ],
)
def test_a_fault_while_rows_are_read_is_one_sentence_too(fault: Callable[[], Exception], says: str) -> None:
    class Broken(PlayedStorage):
        def create_read_session(self, *_: Any, **__: Any) -> Any:
            raise fault()

    exports = played({"events_20260601": (200, {"tableReference": TABLE, "schema": {"fields": FIELDS}})}, Broken())
    with pytest.raises(InputError, match=rf"^shop-1\.analytics_7\.events_20260601: .*{says}"):
        list(exports.batches("events_20260601"))


@with_google
def test_without_credentials_a_sentence_says_how_to_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(**_: Any) -> None:
        raise DefaultCredentialsError("Your default credentials were not found.")

    monkeypatch.setattr(google.auth, "default", none)
    with pytest.raises(InputError, match=r"no Google credentials here.*gcloud auth application-default login"):
        open_dataset(SOURCE)


@with_google
def test_a_dataset_is_opened_with_the_environments_credentials_and_the_project_that_pays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []

    def found(scopes: Any) -> tuple[Any, str]:
        asked.append(scopes)
        return AnonymousCredentials(), "another"

    monkeypatch.setattr(google.auth, "default", found)
    exports = open_dataset(BigQuery(project="shop-1", dataset="analytics_7", billing_project="pays-1"))
    assert exports.dataset == "shop-1.analytics_7"
    assert asked == [bigquery.Client.SCOPE]
    assert exports._client.project == "pays-1"
    assert isinstance(exports._storage, bigquery_storage.BigQueryReadClient)


@with_google
def test_the_client_tries_again_by_itself() -> None:
    for call in (bigquery.Client.list_tables, bigquery.Client.get_table, bigquery.Client.list_rows):
        assert inspect.signature(call).parameters["retry"].default is bigquery.DEFAULT_RETRY
    assert bigquery.DEFAULT_RETRY._timeout == 600
    assert bigquery.DEFAULT_RETRY._predicate(exceptions.ServiceUnavailable("503"))
    assert not bigquery.DEFAULT_RETRY._predicate(exceptions.NotFound("404"))
