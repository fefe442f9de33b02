"""To come."""

from service.dashboard import frame


async def studies_page() -> None:
    with frame.page("Studies", "Studies"):
        pass
