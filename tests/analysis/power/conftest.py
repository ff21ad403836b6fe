"""Protocols to simulate."""

import pytest
from some_plans import LOADED

from study.protocol import Protocol


@pytest.fixture(params=LOADED, ids=str)
def shipped(request: pytest.FixtureRequest) -> Protocol:
    """Each of the shipped protocols."""
    return LOADED[request.param]


@pytest.fixture
def demo() -> Protocol:
    """The demo study."""
    return LOADED["active_vs_passive"]
