"""The server does what its description says, whatever is sent: schemathesis over the OpenAPI document."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from served import serving

KEY = "0123456789abcdef-one"
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@pytest.fixture(scope="module")
def document(run, tmp_path_factory):
    """The description of a running server with keys."""
    file = tmp_path_factory.mktemp("keys") / "keys"
    file.write_text(KEY)
    with serving(run, "--key-file", str(file)) as (_process, url):
        yield schemathesis.openapi.from_url(url + "/openapi.json")


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", path) for path in ("/predict", "/predict/batch", "/image", "/url")]
    + [("GET", path) for path in ("/model", "/health", "/ready", "/metrics")],
)
def test_no_request_gets_an_answer_that_is_not_described(document, method, path):
    @settings(max_examples=15, deadline=None, suppress_health_check=QUIET, derandomize=True, database=None)
    @given(case=document[path][method].as_strategy())
    def check(case):
        # not every text is an image, and not every URL leads to one
        case.call_and_validate(headers={"Prediction-Key": KEY}, excluded_checks=[positive_data_acceptance])

    check()
