"""A button that opens the test images for the winner, and says that this is done once."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from workbench.history import History
from workbench.panels.parts.layout import button, line, row
from workbench.panels.running.worker_thread import AT_WORK, State
from workbench.scales import ACCURACY, ScoreScale
from workbench.views.numbers_in_words import many, percent

TIP = "Classify the test images with the best network. Do it once, when you have chosen"


class TestImages:
    """``press()`` is called when the learner opens them; ``show`` says what that came to."""

    __test__ = False  # for pytest: no test of ours, though its name begins so

    def __init__(self, press: Callable[[], None]) -> None:
        self.button = button("Open the test images", press, icon="envelope-open-o", tip=TIP)
        self.words = line()
        self.widget = row(self.button, self.words)
        self.show("idle", History())

    def show(self, state: State, history: History[object], *, scale: ScoreScale = ACCURACY) -> None:
        """Enabled once a run has ended with a best network that was not tested yet.

        ``scale`` is that of the scores by which it was chosen.
        """
        best, opened = history.best, history.opened
        ended = best is not None and state not in AT_WORK
        self.button.disabled = not ended or best is None or best.trial in opened
        self.widget.layout.display = None if ended else "none"
        if best is None:
            return
        if best.trial not in opened:
            count = len(opened)
            self.words.value = (
                f"opened {many(count, 'time')} in this run: each further look makes "
                "them less of a test"
                if count
                else "once, when you have chosen"
            )
            return
        score = percent(opened[best.trial])
        self.words.value = (
            f"trial {best.trial}: test accuracy <b>{score}</b>, {escape(scale.name)}, by which it "
            f"was chosen, {escape(scale.say(best.evaluation.score))}"
        )
