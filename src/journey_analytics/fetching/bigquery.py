"""The only door to Google: a dataset of BigQuery. Its libraries are an optional extra, imported when a dataset is opened.

Google's client tries again by itself what time may mend (HTTP 429 and 5xx, lost connections), longer and longer apart
for ten minutes, and takes up a broken stream at the row where it broke.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from journey_analytics.definitions.bigquery import BigQuery
from journey_analytics.errors import InputError, UsageError
from journey_analytics.fetching.tables import TableState

# each stream has a thread and a few megabytes of its own
_STREAMS = 4
# what the client puts before Google's own words
_REQUEST = re.compile(r"^(GET|POST) \S+: ")
_USED_UP = {"quotaExceeded", "rateLimitExceeded"}


class BigQueryExports:
    """A dataset, read through the Storage Read API: bytes are paid for, no query is run."""

    def __init__(self, project: str, dataset: str, client: Any, storage: Any) -> None:
        """Take a google.cloud.bigquery.Client and a google.cloud.bigquery_storage.BigQueryReadClient."""
        self._name = f"{project}.{dataset}"
        self._client = client
        self._storage = storage

    @property
    def dataset(self) -> str:
        """The dataset's full name, `project.dataset`."""
        return self._name

    def names(self) -> Iterable[str]:
        """Return the names of all tables.

        Raises:
            InputError: no such dataset, no permission, no answer.
        """
        with _told(self._name):
            return [table.table_id for table in self._client.list_tables(self._name)]

    def state(self, name: str) -> TableState | None:
        """Return what is said of a table; None when it is not there (any more).

        Raises:
            InputError: no permission, no answer.
        """
        from google.api_core.exceptions import NotFound

        with _told(self._name):
            try:
                table = self._client.get_table(f"{self._name}.{name}")
            except NotFound:
                return None
            return TableState(int(table.num_rows), table.modified)

    def batches(self, name: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a table, a few megabytes at a time, in no order.

        Raises:
            InputError: it has gone, no permission, no answer.
        """
        with _told(f"{self._name}.{name}"):
            rows = self._client.list_rows(f"{self._name}.{name}")
            yield from rows.to_arrow_iterable(bqstorage_client=self._storage, max_stream_count=_STREAMS)


def open_dataset(source: BigQuery) -> BigQueryExports:
    """Return a dataset, opened with the credentials that Google's own libraries find in this environment.

    Raises:
        UsageError: the extra is not installed.
        InputError: there are no credentials.
    """
    try:
        import google.auth
        from google.cloud import bigquery, bigquery_storage
    except ImportError:
        raise UsageError(
            "Google's client libraries are not installed; they are the optional extra `bigquery`. Install it: "
            "pip install 'journey-analytics[bigquery]', in a checkout: pip install -e '.[bigquery]'."
        ) from None
    name = f"{source.project}.{source.dataset}"
    with _told(name):
        credentials, _ = google.auth.default(scopes=bigquery.Client.SCOPE)
        client = bigquery.Client(project=source.billing_project or source.project, credentials=credentials)
        storage = bigquery_storage.BigQueryReadClient(credentials=credentials)
    return BigQueryExports(source.project, source.dataset, client, storage)


@contextmanager
def _told(place: str) -> Iterator[None]:
    """Turn what Google's libraries raise into a sentence."""
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError

    try:
        yield
    except (GoogleAPIError, GoogleAuthError, OSError) as error:
        raise InputError(_sentence(error, place)) from None


def _sentence(error: Exception, place: str) -> str:
    from google.api_core.exceptions import Forbidden, NotFound, TooManyRequests, Unauthenticated, Unauthorized
    from google.auth.exceptions import DefaultCredentialsError, RefreshError

    said = _REQUEST.sub("", " ".join(str(getattr(error, "message", None) or error).split()))
    reasons = {each.get("reason") for each in getattr(error, "errors", None) or () if isinstance(each, dict)}
    if isinstance(error, DefaultCredentialsError):
        return (
            f"{place}: there are no Google credentials here. Log in with gcloud auth application-default login, or let "
            "GOOGLE_APPLICATION_CREDENTIALS name the key file of a service account."
        )
    if isinstance(error, RefreshError | Unauthenticated | Unauthorized):
        return f"{place}: Google does not take the credentials (any more). Log in again. Google says: {said}"
    if isinstance(error, TooManyRequests) or reasons & _USED_UP:
        return f"{place}: a quota of BigQuery is used up. Try again later, or raise it. Google says: {said}"
    if isinstance(error, Forbidden):
        return (
            f"{place}: may not be read with these credentials. They need BigQuery Data Viewer on the dataset and BigQuery "
            f"Read Session User on the project that pays. Google says: {said}"
        )
    if isinstance(error, NotFound):
        return f"{place}: is not there. Check project and dataset. Google says: {said}"
    return f"{place}: BigQuery does not answer as it should. Try again later. Google says: {said}"
