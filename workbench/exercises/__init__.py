"""What asks and answers in a notebook: exercises, quizzes, predictions, claims.

- ``note``: one line said back to the learner · ``exercise``: check, hint, solution
- ``bug_hunt``: a test that finds a fault · ``attempt``: one run of it, in a ``time_limit``
- ``quiz``: questions with explained answers · ``prediction``: a guess, drawn over the result
- ``runs``: cases about a run log, and the settings of a run (``used``)
- ``claims``: ``claim``, a sentence that the run itself confirms or refutes
- ``strips``, ``triangles``: what a space is worth, who reads whom · ``blind_draws``,
  ``gradient_agreement``: what notebooks 01 to 03 measure
- ``table_searches``, ``winners``, ``against_chance``: many searches, their choices
- ``slot_machines``, ``controllers_race``, ``same_strategy``: policies that learn
- ``by_group``: means of groups of seeds, the rows of a claim
- one module a notebook: ``introduction``, ``chain_structured_spaces``, …
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.exercises.bug_hunt import BugHunt
    from workbench.exercises.claims import ClaimError, claim
    from workbench.exercises.exercise import Case, Exercise, NotAttemptedError, returns
    from workbench.exercises.note import Note
    from workbench.exercises.prediction import Prediction
    from workbench.exercises.quiz import Question, Quiz
    from workbench.exercises.runs import used

_ROOMS = {
    "BugHunt": "bug_hunt",
    "Case": "exercise",
    "ClaimError": "claims",
    "Exercise": "exercise",
    "NotAttemptedError": "exercise",
    "Note": "note",
    "Prediction": "prediction",
    "Question": "quiz",
    "Quiz": "quiz",
    "claim": "claims",
    "returns": "exercise",
    "used": "runs",
}

__all__ = [
    "BugHunt",
    "Case",
    "ClaimError",
    "Exercise",
    "NotAttemptedError",
    "Note",
    "Prediction",
    "Question",
    "Quiz",
    "claim",
    "returns",
    "used",
]

__getattr__ = lazy(__name__, _ROOMS)
