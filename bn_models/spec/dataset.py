"""Which data to train on, and the shapes of it: a spec is checked against them before anything is loaded."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from bn_models.spec.fields import Flag, Fraction, Int, Part, Seed

Task = Literal["classification", "regression"]


class Rows(Part):
    """How the rows of any dataset are divided. Each kind says its ``train_rows`` and its ``test_rows``."""

    name: str
    validation_fraction: Annotated[float, Field(strict=True, ge=0.0, lt=1.0)] = Field(
        0.0, description="part of the training rows that validates; 0: the test rows do"
    )
    resample: Flag = Field(False, description="every seed has rows of its own: data is made, or split, anew")

    @property
    def validation_rows(self) -> int:
        """Rows taken off the training rows; 0 where the test rows validate."""
        return round(_rows(self) * self.validation_fraction)

    @property
    def fitted_rows(self) -> int:
        """Rows that weights are fitted to: the training rows but for those that validate."""
        return _rows(self) - self.validation_rows

    def _check_division(self) -> None:
        """ValueError when none of the training rows would be left, or none of them would validate."""
        if self.validation_fraction > 0 and (self.validation_rows < 1 or self.fitted_rows < 1):
            raise ValueError(
                f"validation_fraction {self.validation_fraction:g} of {_rows(self)} training rows leaves "
                f"{self.fitted_rows} to train on and {self.validation_rows} to validate on: each needs at least one"
            )


def _rows(dataset: Any) -> int:
    """The training rows, validation rows included: a property of some kinds of dataset and a field of another."""
    return int(dataset.train_rows)


class Synthetic(Rows):
    """Two classes of points in the plane: the first ``1 - test_fraction`` train, the rest test."""

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
        self._check_division()
        return self

    @property
    def train_rows(self) -> int:
        return self.n_samples - self.test_rows

    @property
    def test_rows(self) -> int:
        return max(1, round(self.n_samples * self.test_fraction))


class Digits(Rows):
    """scikit-learn's 1,797 handwritten digits of 8x8 pixels, values 0 to 16, split stratified by class."""

    row_shape: ClassVar[tuple[int, ...]] = (8, 8)
    classes: ClassVar[int] = 10
    task: ClassVar[Task] = "classification"

    name: Literal["digits"]
    seed: Seed = 0
    test_fraction: Annotated[float, Field(strict=True, ge=0.01, le=0.9)] = 0.2

    @model_validator(mode="after")
    def _rows_to_train_on(self) -> Self:
        self._check_division()
        return self

    @property
    def train_rows(self) -> int:
        return 1797 - self.test_rows

    @property
    def test_rows(self) -> int:
        return max(10, round(1797 * self.test_fraction))


class Images(Rows):
    """An image dataset in Keras's layout: its own training and test rows, values 0 to 255."""

    classes: ClassVar[int] = 10
    task: ClassVar[Task] = "classification"

    name: Literal["mnist", "fashion_mnist", "cifar10"]
    train_samples: Annotated[int, Field(strict=True, ge=1, le=60_000)] | None = Field(
        None, description="the first n training rows; left out: all"
    )
    test_samples: Annotated[int, Field(strict=True, ge=1, le=10_000)] | None = Field(
        None, description="the first n test rows; left out: all"
    )

    @model_validator(mode="after")
    def _rows_to_train_on(self) -> Self:
        if self.train_rows > self.all_train_rows:
            raise ValueError(
                f"train_samples {self.train_samples} of {self.name}, which has {self.all_train_rows} training rows"
            )
        self._check_division()
        return self

    @property
    def row_shape(self) -> tuple[int, ...]:
        return (32, 32, 3) if self.name == "cifar10" else (28, 28)

    @property
    def all_train_rows(self) -> int:
        return 50_000 if self.name == "cifar10" else 60_000

    @property
    def train_rows(self) -> int:
        return self.train_samples or self.all_train_rows

    @property
    def test_rows(self) -> int:
        return self.test_samples or 10_000


BuiltInName = Literal["circles", "moons", "digits", "mnist", "fashion_mnist", "cifar10"]
BUILT_IN: dict[str, str] = {
    "circles": "synthetic", "moons": "synthetic", "digits": "digits",
    "mnist": "images", "fashion_mnist": "images", "cifar10": "images",
}  # fmt: skip
UploadName = Annotated[
    str, Field(pattern=r"^[a-z0-9_-]{1,64}$", json_schema_extra={"not": {"enum": list[Any](BUILT_IN)}})
]
Label = Int | Annotated[str, Field(strict=True, max_length=200)]


FOUND: Any = {"readOnly": True}
"""Marks what the service adds to the name of an uploaded dataset: forms do not ask for it."""


class Uploaded(Rows):
    """A dataset of the user's own. Clients send its name; the service adds what was found when it was uploaded."""

    name: UploadName
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        None, description="of the stored data", json_schema_extra=FOUND
    )
    task: Task = Field("classification", json_schema_extra=FOUND)
    row_shape: Annotated[tuple[Annotated[int, Field(strict=True, ge=1)], ...], Field(max_length=3)] = Field(
        (), json_schema_extra=FOUND
    )
    labels: Annotated[tuple[Label, ...], Field(max_length=1000)] = Field(
        (),
        description="the classes in the order of the model's outputs; none for regression",
        json_schema_extra=FOUND,
    )
    train_rows: Annotated[int, Field(strict=True, ge=0)] = Field(0, json_schema_extra=FOUND)
    test_rows: Annotated[int, Field(strict=True, ge=0)] = Field(0, json_schema_extra=FOUND)

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
        if self.known:
            self._check_division()
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
