"""Progress bars on stderr: one a step, with the time it took."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Bars:
    """A round's watcher that draws; where stderr is no terminal each finished step is a line."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._progress = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TimeElapsedColumn(), TextColumn("{task.fields[note]}"), console=self._console,
        )  # fmt: skip
        self._task: TaskID | None = None

    def start(self) -> None:
        """Begin to draw."""
        self._progress.start()

    def stop(self) -> None:
        """End the last step and stop drawing."""
        self._finish()
        self._progress.stop()

    def begin(self, title: str, total: int) -> None:
        """A step begins, the one before has ended."""
        self._finish()
        self._task = self._progress.add_task(title, total=total, note="")

    def reach(self, done: int, note: str = "") -> None:
        """So far."""
        if self._task is not None:
            self._progress.update(self._task, completed=done, note=note)

    def _finish(self) -> None:
        if self._task is not None:
            task = self._progress.tasks[self._task]
            self._progress.update(self._task, completed=task.total)
            self._progress.stop_task(self._task)
            self._task = None
