"""To come."""

from service.dashboard import frame


async def dataset_page(name: str) -> None:
    with frame.page("Studies", "Studies"):
        pass
