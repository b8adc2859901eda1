"""Requests that the OpenAPI document allows, and some that it does not, drawn by schemathesis: none is a bug."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.conftest import Filled

from .conftest import PROOF, Serve

schemathesis = pytest.importorskip("schemathesis", reason="needs schemathesis")
hypothesis = pytest.importorskip("hypothesis")
EXAMPLES = 12
"""Of each operation."""
HEADERS = {**PROOF, "Authorization": "Bearer a long secret"}
ANY_SPEED = list(hypothesis.HealthCheck)


@pytest.mark.slow
def test_no_request_is_a_bug(serve: Serve, filled: Filled) -> None:
    client = serve(filled.store, host="example.org", token="a long secret")
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", client.app, headers=HEADERS)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 30
    for operation in operations:
        if operation.path.endswith("/events"):  # the connection stays open
            continue

        @hypothesis.settings(max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=ANY_SPEED)
        @hypothesis.given(case=operation.as_strategy())
        def is_answered(case: Any) -> None:
            answer = case.call(headers=HEADERS)
            assert answer.status_code < 500 or answer.status_code == 501, answer.text
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == ["application/problem+json"], answer.headers

        is_answered()
