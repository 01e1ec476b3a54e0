"""workbench: an interactive, notebook-driven teaching workbench for neural architecture search.

The floor plan (a room may use the rooms above it in this list, never those below):

- ``checks``: what a constructor was given
- ``records``, ``graphs``: frozen values · ``scales``: how a score is said · ``doors``: how a
  package loads its rooms
- ``settings``: what a thing was made with · ``recordings``: files that were computed once
- ``protocols``: what spaces, strategies, … must offer
- ``spaces``: which architectures can be written down · ``data``: images, text to learn from
- ``training``: loops, metrics
- ``strategies``: which architecture to try next · ``estimators``: how good it is
- ``serialisation``, ``log``, ``logfile``: an event as a line, a run as read back, as written
- ``trial``, ``search``: where strategy meets estimator · ``history``: questions put to events
- ``replay``, ``continuation``, ``store``: a strategy told again, what is left of a run, runs kept
- ``race``: strategies × seeds · ``verdict``: the one look at the test images
- ``views``: drawings and curves
- ``panels``: configure, run, pause, stop, compare; in it ``panels.running``, ``panels.parts``,
  then the panels ``panels.space``, ``panels.search``, ``panels.comparison``, ``panels.map``,
  ``panels.darts``, ``panels.controller``, ``panels.fidelity``, ``panels.extrapolation``,
  ``panels.nasnet_or_darts_numbering``, ``panels.trained_cells``,
  ``panels.winners_curse``, ``panels.gradient_cloud``, ``panels.first_rung``; and
  ``panels.attach_live_or_from_log``
- ``homes``: where programs may write · ``waiting``: a first import says that it is one
- ``exercises``: checks, quizzes, claims
- ``course``, ``kernel``, ``links``, ``freshness``, ``appearance``: the notebooks opened, checked
- ``lab``, ``doctor``, ``rendering``, ``__main__``: the command line
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench import waiting

__version__ = "0.1.0"
__all__ = ["__version__", "attach"]

if TYPE_CHECKING:
    from workbench.panels import attach


def __getattr__(name: str) -> object:
    # ``import workbench`` stays light: the panels (and torch) load when they are first named
    if name == "attach":
        from workbench.panels import attach

        return attach
    raise AttributeError(f"module 'workbench' has no attribute {name!r}")


waiting.say_so()
