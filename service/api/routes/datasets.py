"""Routes under /v1/datasets."""

import tempfile
import time
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi import Path as InPath
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from bn_models.spec.dataset import BUILT_IN
from service.api.http import bodies
from service.api.http.problems import answers
from service.api.routes.dependencies import DatabaseOf, SettingsOf, UploadsOf
from service.api.schemas.datasets import DatasetOut, DatasetPage, DatasetSummary, built_in, detail, summary
from service.database.engine import Database
from service.errors import Invalid, UnsupportedMediaType
from service.store import datasets
from service.store.upload_options import FileOptions, UploadOptions
from service.uploads import Uploads, sha256_of
from service.vocabulary import DATASET_NAME, MEDIA_TYPES, DatasetFormat

router = APIRouter(prefix="/v1/datasets", tags=["datasets"])
FORMAT_OF_MEDIA_TYPE = {media_type: format for format, media_type in MEDIA_TYPES.items()}
Name = Annotated[str, InPath(pattern=f"^{DATASET_NAME}$")]


def _format(request: Request) -> DatasetFormat:
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared not in FORMAT_OF_MEDIA_TYPE:
        raise UnsupportedMediaType(
            f"the body has Content-Type {declared or 'missing'!r}; send {', '.join(FORMAT_OF_MEDIA_TYPE)}"
        )
    return FORMAT_OF_MEDIA_TYPE[declared]


BODY = {
    "requestBody": {
        "required": True,
        "content": {
            media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in FORMAT_OF_MEDIA_TYPE
        },
    }
}


@router.put(
    "/{name}",
    response_model=DatasetOut,
    openapi_extra=BODY,
    responses={201: {"model": DatasetOut, "description": "Created"}, **answers(400, 409, 413, 415, 422)},
)
async def upload_dataset(
    name: Name,
    request: Request,
    response: Response,
    database: DatabaseOf,
    uploads: UploadsOf,
    settings: SettingsOf,
    format: Annotated[DatasetFormat, Depends(_format)],
    asked: Annotated[UploadOptions, Query()],
) -> DatasetOut:
    """Stores a table as a dataset: CSV, Parquet or npz as the raw body. 201 if it is new, 200 if it was there."""
    options, limit = FileOptions(format=format, **asked.model_dump()), settings.max_dataset_bytes
    with tempfile.TemporaryDirectory(prefix="bnlab-upload-") as folder:
        file = Path(folder) / "upload"
        with file.open("wb") as spool:
            try:
                async for chunk in bodies.unpacked(
                    request.stream(), request.headers.get("content-encoding", ""), limit
                ):
                    spool.write(chunk)
            except ClientDisconnect as error:
                raise HTTPException(400, "the upload ended early") from error
        stored, response.status_code = await run_in_threadpool(_store, database, uploads, name, file, options)
    response.headers["Location"] = f"/v1/datasets/{name}"
    return stored


def _store(database: Database, uploads: Uploads, name: str, file: Path, options: FileOptions) -> tuple[DatasetOut, int]:
    """The dataset and 201, or 200 when the same one was there."""
    if file.stat().st_size == 0:
        raise Invalid("the body is empty: send the file as the body (with curl: --data-binary @FILE)")
    with database.read() as session:
        if datasets.is_same(session, name, sha256_of(file), options):
            return detail(*datasets.read(session, name)), 200
        datasets.check_replaceable(session, name)
    upload = uploads.accept(file, options)
    with database.write() as session:
        datasets.put(session, name, upload, now=time.time())
        return detail(*datasets.read(session, name)), 201


@router.get("", response_model=DatasetPage, responses=answers(422))
def list_datasets(
    database: DatabaseOf,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    after: Annotated[str | None, Query(max_length=64, description="`next` of the page before")] = None,
) -> DatasetPage:
    """Uploaded datasets, newest first, and then the built-in ones."""
    with database.read() as session:
        found: list[DatasetSummary] = [summary(dataset) for dataset in datasets.stored(session)]
    found += [built_in(name) for name in BUILT_IN]
    names = [dataset.name for dataset in found]
    if after is not None and after not in names:
        raise Invalid(f"after: there is no dataset {after!r} (any more): begin with the first page")
    begin = 0 if after is None else names.index(after) + 1
    page = found[begin : begin + limit]
    has_more = begin + limit < len(found)
    return DatasetPage(data=page, has_more=has_more, next=page[-1].name if has_more else None)


@router.get("/{name}", response_model=DatasetOut, responses=answers(404, 422))
def read_dataset(name: Name, database: DatabaseOf) -> DatasetOut:
    """Columns, classes, splits, the first rows, and the jobs that use the dataset."""
    with database.read() as session:
        if name in BUILT_IN:
            count, jobs = datasets.used_by(session, name)
            return DatasetOut(**built_in(name).model_dump(), jobs=jobs, job_count=count)
        return detail(*datasets.read(session, name))


@router.delete("/{name}", status_code=204, responses=answers(404, 409, 422))
def delete_dataset(name: Name, database: DatabaseOf) -> None:
    """Deletes a dataset that no job uses."""
    with database.write() as session:
        datasets.remove(session, name)
