"""Where text leaves for a terminal: control characters that are not crossframe's own are escaped."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any, cast

from crossframe.core.text import visible

if TYPE_CHECKING:
    from rich.console import Console


class Escaped:
    """A text stream that writes every text by `visible`; ``unescaped`` is the stream below it."""

    def __init__(self, stream: Any) -> None:
        self.unescaped = stream

    def write(self, text: str) -> int:
        """Write the text with its control characters escaped."""
        self.unescaped.write(visible(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write every line as `write` does."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.unescaped, name)


class _Unescaped:
    """What is written to it reaches the stream below the `Escaped` one as it is."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        # Whoever watches for silence of the stream sees that something is written.
        self._stream.write("")
        getattr(self._stream, "unescaped", self._stream).write(text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def escaping() -> Iterator[None]:
    """Within the block, what is printed to standard output and error is `Escaped`."""
    with (
        contextlib.redirect_stdout(Escaped(sys.stdout)),
        contextlib.redirect_stderr(Escaped(sys.stderr)),
    ):
        yield


def console(*, stderr: bool = False, **options: Any) -> Console:
    """rich's console on standard output or error; ``options`` are rich's.

    Its own colours and movements of the cursor reach the terminal, those in the text that it shows do not.
    """
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment

    class Escaping(Console):
        def render(
            self, renderable: RenderableType, options: ConsoleOptions | None = None
        ) -> Iterator[Segment]:
            for segment in super().render(renderable, options):
                text, style, control = segment
                yield segment if control else Segment(visible(text), style)

    return Escaping(file=cast(IO[str], _Unescaped(sys.stderr if stderr else sys.stdout)), **options)
