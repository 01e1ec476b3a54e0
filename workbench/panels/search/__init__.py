"""``SearchPanel`` (in ``panel``): configure a search, run it, watch it, compare it.

- ``settings_form``: constructor arguments as controls · ``views``: curves, drawings, tables
- ``planner``: from the settings to the plan of a run
- ``test_images``: the winner's one look at the test images
- ``time_slider``: back to any trial, and a fork from there
- ``arrangement``: where everything stands · ``screen``: what is renewed, and when
"""
