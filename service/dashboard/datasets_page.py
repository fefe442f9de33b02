"""To come."""

from service.dashboard import frame


async def datasets_page() -> None:
    with frame.page("Studies", "Studies"):
        pass
