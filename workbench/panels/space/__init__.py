"""``SpacePanel`` (in ``panel``): build an architecture by hand, see it drawn and counted.

- ``decision_list``, ``skip_connection_matrix``: a control for each decision
- ``settings_form``: one for each setting of the space
- ``visible_and_locked_controls``: what a learner sees and may touch
- ``published_architectures``: architectures with a name · ``counts``: parameters, MACs, how many
- ``change_decision``: one decision changed · ``single_training``: train what is shown
"""
