"""The public name of the Python client: BNLab, AsyncBNLab, Results and ServerError."""

from service.client import AsyncBNLab, BNLab, Results, ServerError

__all__ = ["AsyncBNLab", "BNLab", "Results", "ServerError"]
