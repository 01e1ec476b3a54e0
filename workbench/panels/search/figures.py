"""The two figures of a search: best so far, learning curves. Each keeps its axes between frames."""

from __future__ import annotations

from html import escape
from itertools import chain

from matplotlib.axes import Axes

from workbench.panels.parts.card_markup import HEADING
from workbench.panels.search.run_snapshot import Snapshot
from workbench.panels.search.score_axis import ScoreAxis
from workbench.scales import ACCURACY
from workbench.views.curves import best_so_far, learning_curves, rank
from workbench.views.numbers_in_words import many
from workbench.views.paper import LOCK, axes, card, figure, picture

SIZE = 390, 236  # CSS pixels of a figure: its text stays above 11 px in a column of 340
MOST = 480  # CSS pixels to which it may grow
PLACE = {"left": 0.15, "right": 0.74, "bottom": 0.2, "top": 0.96}  # labels stand at the right


class _Paper:
    """A figure whose axes stand still: making them anew is half of a frame."""

    def __init__(self) -> None:
        self.figure = figure(*SIZE)
        self.figure.set_layout_engine(None)  # a third of a frame's cost
        self.figure.subplots_adjust(**PLACE)
        self.ax = axes(self.figure)[0]
        self.scores = ScoreAxis(self.ax)

    def wipe(self) -> Axes:
        """The axes without what was drawn on them, ticks kept."""
        for artist in (*self.ax.lines, *self.ax.texts, *self.ax.patches, *self.ax.collections):
            artist.remove()
        return self.ax

    def image(self, alt: str) -> str:
        """What is drawn now as markup."""
        return picture(self.figure, alt).replace(f"max-width:{SIZE[0]}", f"max-width:{MOST}")


class BestSoFar:
    """The best score after each trial, or over seconds; earlier runs pale behind it, whole."""

    def __init__(self) -> None:
        self._paper = _Paper()
        self.ax = self._paper.ax

    def __call__(self, seen: Snapshot, *, still: bool = False) -> str:
        """The card."""
        rows, others = seen.incumbents, seen.others
        scores = [row["score"] for row in chain(rows, *others.values())]
        with LOCK:
            ax = self._paper.wipe()
            ax.set_xlim(*_window(seen))
            self._paper.scores.fit(scores, seen.scale)
            best_so_far(
                rows, ax, yours=seen.yours, strategy=seen.strategy, x=seen.axis,
                earlier=list(others.values()), names=list(others), scale=seen.scale,
            )  # fmt: skip
            ax.set_xlim(*_window(seen))  # an empty figure has got its own
            self._paper.scores.fit(scores, seen.scale)
            where = "a step a trial" if seen.axis == "trials" else "over seconds of training"
            said = f"Best {seen.scale.name} so far, {where}; dots are the trials. "
            said += _best_in_words(seen)
            count = len(others)
            names = f" ({', '.join(others)})" if seen.names else ""
            said += f" Pale steps: {many(count, 'earlier run')}{names}." * bool(count)
            image = self._paper.image(said + place(seen).replace(";", "", 1))
        return card(
            HEADING.format(f"Best so far, and all trials{place(seen)}{_apart(seen)}") + image
        )


def _best_in_words(seen: Snapshot) -> str:
    best = seen.best
    return f"Best {seen.scale.say(best.evaluation.score)}." if best else "No trial has ended yet."


def _apart(seen: Snapshot) -> str:
    """Earlier runs that cannot stand in the same figure."""
    runs = many(seen.apart, "earlier run")
    return f"; {runs} with another kind of score left out" if seen.apart else ""


def place(seen: Snapshot) -> str:
    """Where the learner's own architecture stands: "; ★ yours: rank 14 of 21"."""
    rows = seen.trials
    mine = next((row for row in rows if row["trial"] == seen.yours), None)
    if mine is None:
        return ""
    return f"; ★ yours: {'failed' if mine['failed'] else rank(rows, mine['trial'])}"


class LearningCurves:
    """The score after each epoch of every trial, and of what all trials share."""

    def __init__(self) -> None:
        self._paper = _Paper()
        self.ax = self._paper.ax

    def __call__(self, seen: Snapshot, *, still: bool = False) -> str:
        """The card."""
        rows, best = seen.curves, seen.best
        words: dict[int | None, str] = {}
        if seen.broken is not None:
            words[seen.broken] = f"trial {seen.broken}\nbroken off"
        with LOCK:
            ax = self._paper.wipe()
            longest = max(seen.epochs, max([row["epoch"] for row in rows], default=1))
            scores = [row["score"] for row in rows]
            ax.set_xlim(0.5, longest + 0.5)
            self._paper.scores.fit(scores, seen.scale)
            learning_curves(
                rows, ax, current=seen.open, best=best.trial if best else None, words=words,
                scale=seen.scale,
            )  # fmt: skip
            ax.set_xlim(0.5, longest + 0.5)
            self._paper.scores.fit(scores, seen.scale)
            said = _curves_in_words(seen)
            image = self._paper.image(f"{said}. {_best_in_words(seen)}")
        return card(HEADING.format(escape(said)) + image)


def _curves_in_words(seen: Snapshot) -> str:
    counted = {row["trial"] for row in seen.curves}
    count = len(counted - {None})
    said = f"Learning curves of {count} trial{'s' * (count != 1)}"
    said += " and of the weights they share" if None in counted else ""
    said += "" if seen.scale == ACCURACY else f", {seen.scale.name} after each epoch"
    if seen.current is not None:
        return f"{said}; now training: trial {seen.current}"
    if seen.broken is not None:
        return f"{said}; {broken_off(seen)}"
    return said


def broken_off(seen: Snapshot) -> str:
    """Which trial Stop broke off, and where: "trial 3 was broken off after epoch 2"."""
    epoch = seen.epoch(seen.broken)
    where = f"after epoch {epoch}" if epoch else "in its first epoch"
    return f"trial {seen.broken} was broken off {where}"


def _window(seen: Snapshot) -> tuple[float, float]:
    """Both ends of the axis: as long as the longest run."""
    runs = [seen.incumbents, *seen.others.values()]
    if seen.axis == "seconds":
        longest = max((run[-1]["seconds"] for run in runs if run), default=0.0)
        return (-0.02 * longest, 1.02 * longest) if longest > 0 else (0.0, 1.0)
    return -0.5, max(seen.total, *(len(run) for run in runs), 1) - 0.5
