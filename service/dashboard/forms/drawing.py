"""An area to draw an image on, in the pixels that a dataset's images have."""

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments


class Drawing(ui.element, component="drawing.js"):
    """``on_drawn`` is given rows of pixels from 0 to ``top`` after each stroke.

    What was drawn is centered and scaled to ``fill`` of the image, as the images of the dataset are.
    """

    def __init__(
        self, rows: int, columns: int, top: int, fill: float, on_drawn: Callable[[list[list[int]]], Awaitable[None]]
    ) -> None:
        super().__init__()
        for name, value in {"rows": rows, "columns": columns, "top": top, "fill": fill}.items():
            self.props[name] = value

        async def drawn(event: GenericEventArguments) -> None:
            pixels: Any = event.args
            await on_drawn(pixels)

        self.on("drawn", drawn)

    def clear_drawing(self) -> None:
        self.run_method("clear")
