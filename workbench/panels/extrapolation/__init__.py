"""Where learning curves end: hidden ones to be guessed, and trainings that are stopped for it.

- ``scoreboard``: who said what of which curve, and how far off it was
- ``panel``: ``HiddenCurves``
- ``fan_card``: a curve and its fan, the figure of both panels
- ``cut_short``: how far each training of a search came, and what was expected of it
- ``stopped``: ``StoppedTrainings``, a search that trains and stops the hopeless
"""
