"""The dashboard as a part of the API's application: its pages, and which paths are theirs."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from nicegui import app as nicegui_app
from nicegui import ui
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import Scope

from service.dashboard.pages import dataset, datasets, external_runs, job, jobs, new_job, new_study, studies, study
from service.dashboard.parts import frame

PAGES: dict[str, Callable[..., Awaitable[None]]] = {
    "/": jobs.jobs_page,
    "/jobs/new": new_job.new_job_page,
    "/jobs/{job_id}": job.job_page,
    "/studies": studies.studies_page,
    "/studies/new": new_study.new_study_page,
    "/studies/compare": external_runs.external_runs_page,
    "/studies/{study_id}": study.study_page,
    "/datasets": datasets.datasets_page,
    "/datasets/{name}": dataset.dataset_page,
}
OWN_PATHS = ("/jobs", "/studies", "/datasets", "/_nicegui", "/favicon.ico")


class DashboardMount(Mount):
    """Answers the dashboard's own paths only: all others stay the API's, whose errors are problem documents."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path = scope.get("path", "")
        return super().matches(scope) if path == "/" or path.startswith(OWN_PATHS) else (Match.NONE, {})


def install(app: FastAPI) -> None:
    """Adds the dashboard to the API's application. It loads nothing from the internet and keeps nothing on disk."""
    for path, page in PAGES.items():
        ui.page(path)(page)
    nicegui_app.colors(primary="#1756a9", negative="#b3261e")
    nicegui_app.config.quasar_config["loadingBar"] = {"skipHijack": True}  # it has no name for those who hear the page
    nicegui_app.state.labs = {}
    nicegui_app.on_shutdown(frame.close_labs)
    ui.run_with(
        app, title="BN Lab", favicon="🧪", dark=None, language="en-US", tailwind=False, show_welcome_message=False
    )
    app.router.routes[:] = map(_only_own_paths, app.router.routes)


def _only_own_paths(route: BaseRoute) -> BaseRoute:
    """``route``, or the dashboard's in the place of NiceGUI's, which would answer every path."""
    if isinstance(route, Mount) and route.app is nicegui_app:
        return DashboardMount(route.path, app=route.app)
    return route
