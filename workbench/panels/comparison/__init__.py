"""``ComparisonPanel`` (in ``panel``): a race as it goes, live or recorded.

- ``race_so_far``: a race at one moment, and what is asked of it · ``curve_kinds``: which curve
- ``figure``, ``final_table``: what is drawn of it, what is written
- ``live_or_recorded``: the panel's own race, or a recorded one
- ``live_race``: laps kept, run, gone on with · ``race_session``: its worker
- ``race_progress``: the line of numbers · ``race_state_string``: the state string
- ``recorded_races``: the menu of races that were run before · ``race_settings_form``: the controls
- ``strategy_checkboxes``: who takes part · ``race_result``: what ``wait()`` gives
- ``widget_layout``: where everything stands · ``view_refresh``: what is renewed, and when
"""
