"""A real service and a real browser, for the tests of this package."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from service.client import BNLab
from tests.support.browser import Visit, chromium, visits
from tests.support.processes import serving


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of ``bnlab serve`` on a new database."""
    with serving(tmp_path_factory.mktemp("site")) as url:
        yield url


@pytest.fixture(scope="package")
def lab(site: str) -> Iterator[BNLab]:
    with BNLab(site) as lab:
        yield lab


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Visit]:
    with visits(browser, site) as visit:
        yield visit
