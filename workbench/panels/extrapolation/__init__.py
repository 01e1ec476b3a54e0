"""Hidden learning curves, to be guessed: you, the last value and the ensemble keep score.

- ``scoreboard``: who said what of which curve, and how far off it was
- ``panel``: ``HiddenCurves``
"""
