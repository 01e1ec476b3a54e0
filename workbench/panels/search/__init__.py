"""``SearchPanel`` (in ``panel``): configure a search, run it, watch it, compare it.

- ``settings_form``: constructor arguments as controls · ``view_list``: curves, drawings, tables
- ``figures``, ``cards_without_figures``, ``strategy_internals``, ``score_axis``: what is drawn
- ``run_snapshot``: a run at one moment · ``earlier_runs``: what others are called
- ``plan_from_settings``: from the settings to the plan of a run
- ``final_test_button``: the winner's one look at the test images
- ``time_slider``: back to any trial, and a fork from there
- ``widget_layout``: where everything stands · ``view_refresh``: what is renewed, and when
"""
