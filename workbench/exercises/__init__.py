"""What asks and answers in a notebook: exercises, quizzes, predictions, claims.

- ``note``: one line said back to the learner · ``exercise``: check, hint, solution
- ``quiz``: questions with explained answers · ``prediction``: a guess, drawn over the result
- ``runs``: cases about a run log · ``claim``: a sentence that the run itself confirms or refutes
- (``from workbench.exercises.claim import claim``: function and module share a name)
- one module a notebook: ``introduction``, ``chain_structured_spaces``, …
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.exercises.claim import ClaimError
    from workbench.exercises.exercise import Case, Exercise, NotAttemptedError, returns
    from workbench.exercises.note import Note
    from workbench.exercises.prediction import Prediction
    from workbench.exercises.quiz import Question, Quiz

_ROOMS = {
    "Case": "exercise",
    "ClaimError": "claim",
    "Exercise": "exercise",
    "NotAttemptedError": "exercise",
    "Note": "note",
    "Prediction": "prediction",
    "Question": "quiz",
    "Quiz": "quiz",
    "returns": "exercise",
}

__all__ = [
    "Case",
    "ClaimError",
    "Exercise",
    "NotAttemptedError",
    "Note",
    "Prediction",
    "Question",
    "Quiz",
    "returns",
]

__getattr__ = lazy(__name__, _ROOMS)
