"""To come."""

from service.dashboard import frame


async def new_study_page() -> None:
    with frame.page("Studies", "Studies"):
        pass
