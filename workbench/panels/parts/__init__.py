"""What panels are put together from.

- ``layout``: boxes that wrap at their own width · ``two_columns``: that become one
- ``run_buttons``: Run, Pause, Step, Stop
- ``setting_controls``: a constructor's argument as a control
- ``dispose_widgets``: a closed panel leaves nothing behind
- ``html_tables``: rows on paper · ``card_markup``: headings of cards
- ``status_line``: the line of live numbers, and the notice below it · ``folded_state``: the state
  string at the foot
"""
