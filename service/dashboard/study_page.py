"""To come."""

from service.dashboard import frame


async def study_page(study_id: str) -> None:
    with frame.page("Studies", "Studies"):
        pass
