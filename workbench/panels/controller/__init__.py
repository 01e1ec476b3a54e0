"""``ControllerPanel`` (in ``panel``): a controller's sampling, stepped through by decisions.

- ``softmaxes``: what a policy thinks of each decision of a walk
- ``sampling``: an architecture under way, decision by decision
- ``learned_weights``: a policy as it was before and after the updates of a run
- ``pictures``: the unrolled controller and a softmax as bars, and what they show in words
- ``widget_layout``: where everything stands
"""
