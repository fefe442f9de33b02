"""Which data to train on, and the shapes of it: a spec is checked against them before anything is loaded."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from bn_models.spec.fields import Fraction, Int, Part, Seed

Task = Literal["classification", "regression"]


class Synthetic(Part):
    """Two classes of points in the plane: the first ``1 - test_fraction`` train, the rest validate."""

    row_shape: ClassVar[tuple[int, ...]] = (2,)
    classes: ClassVar[int] = 2
    task: ClassVar[Task] = "classification"

    name: Literal["circles", "moons"]
    n_samples: Annotated[int, Field(strict=True, ge=10, le=1_000_000)] = 1000
    noise: Annotated[float, Field(strict=True, ge=0.0, le=10.0)] = 0.1
    seed: Seed = 1
    test_fraction: Fraction = 0.5

    @model_validator(mode="after")
    def _rows_to_train_on(self) -> Self:
        if self.train_rows < 1:
            raise ValueError(f"test_fraction {self.test_fraction:g} of {self.n_samples} rows leaves none to train on")
        return self

    @property
    def train_rows(self) -> int:
        return self.n_samples - max(1, round(self.n_samples * self.test_fraction))


class Digits(Part):
    """scikit-learn's 1,797 handwritten digits of 8x8 pixels, values 0 to 16, split stratified by class."""

    row_shape: ClassVar[tuple[int, ...]] = (8, 8)
    classes: ClassVar[int] = 10
    task: ClassVar[Task] = "classification"

    name: Literal["digits"]
    seed: Seed = 0
    test_fraction: Annotated[float, Field(strict=True, ge=0.01, le=0.9)] = 0.2

    @property
    def train_rows(self) -> int:
        return 1797 - max(10, round(1797 * self.test_fraction))


class Images(Part):
    """An image dataset in Keras's layout: its own training and test rows, values 0 to 255."""

    classes: ClassVar[int] = 10
    task: ClassVar[Task] = "classification"

    name: Literal["mnist", "fashion_mnist", "cifar10"]

    @property
    def row_shape(self) -> tuple[int, ...]:
        return (32, 32, 3) if self.name == "cifar10" else (28, 28)

    @property
    def train_rows(self) -> int:
        return 50_000 if self.name == "cifar10" else 60_000


BuiltInName = Literal["circles", "moons", "digits", "mnist", "fashion_mnist", "cifar10"]
BUILT_IN: dict[str, str] = {
    "circles": "synthetic", "moons": "synthetic", "digits": "digits",
    "mnist": "images", "fashion_mnist": "images", "cifar10": "images",
}  # fmt: skip
UploadName = Annotated[
    str, Field(pattern=r"^[a-z0-9_-]{1,64}$", json_schema_extra={"not": {"enum": list[Any](BUILT_IN)}})
]
Label = Int | Annotated[str, Field(strict=True, max_length=200)]


class Uploaded(Part):
    """A dataset of the user's own. Clients send its name; the service adds what was found when it was uploaded."""

    name: UploadName
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = Field(None, description="of the stored data")
    task: Task = "classification"
    row_shape: Annotated[tuple[Annotated[int, Field(strict=True, ge=1)], ...], Field(max_length=3)] = ()
    labels: Annotated[tuple[Label, ...], Field(max_length=1000)] = Field(
        (), description="the classes in the order of the model's outputs; none for regression"
    )
    train_rows: Annotated[int, Field(strict=True, ge=0)] = 0
    test_rows: Annotated[int, Field(strict=True, ge=0)] = 0

    @property
    def known(self) -> bool:
        """Whether what was found at the upload is there: without it no network can be planned."""
        return self.sha256 is not None

    @property
    def classes(self) -> int:
        return len(self.labels)

    @model_validator(mode="after")
    def _known_as_a_whole(self) -> Self:
        found = [bool(self.row_shape), self.train_rows > 0, self.test_rows > 0]
        classes = self.classes >= 2 if self.task == "classification" else self.classes == 0
        if self.known and not (all(found) and classes):
            raise ValueError("send the dataset's name alone: the rest is added from what was uploaded")
        return self


def _kind(dataset: Any) -> str | None:
    """Which of the dataset specs a value is meant to be."""
    if not isinstance(dataset, dict | Part):
        return None
    name = dataset.get("name") if isinstance(dataset, dict) else getattr(dataset, "name", None)
    return BUILT_IN.get(name, "uploaded") if isinstance(name, str) else "uploaded"


DatasetSpec = Annotated[
    Annotated[Synthetic, Tag("synthetic")]
    | Annotated[Digits, Tag("digits")]
    | Annotated[Images, Tag("images")]
    | Annotated[Uploaded, Tag("uploaded")],
    Discriminator(_kind),
]
