"""The Python client, plain and for asyncio: everything over the public HTTP API."""

from service.client.async_client import AsyncBNLab
from service.client.embedded import embedded_service
from service.client.endpoints import JobJson, StudyJson
from service.client.responses import ServerError
from service.client.results import Results
from service.client.sync_client import BNLab

__all__ = ["AsyncBNLab", "BNLab", "JobJson", "Results", "ServerError", "StudyJson", "embedded_service"]
