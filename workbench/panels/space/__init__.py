"""``SpacePanel`` (in ``panel``): build an architecture by hand, see it drawn and counted.

- ``decision_list``, ``anchor_matrix``: a control for each decision · ``settings_form``: for each
  setting of the space · ``show_and_lock``: what a learner sees and may touch
- ``published_menu``: architectures with a name · ``counts``: parameters, MACs, how many
- ``choices``: one decision changed · ``single_training``: train what is shown
"""
