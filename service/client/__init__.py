"""The Python client, plain and for asyncio: everything over the public HTTP API."""

from service.client.async_client import AsyncBNLab
from service.client.embedded import embedded_service
from service.client.endpoints import Job, Study
from service.client.responses import ServerError
from service.client.results import Results
from service.client.sync_client import BNLab

__all__ = ["AsyncBNLab", "BNLab", "Job", "Results", "ServerError", "Study", "embedded_service"]
