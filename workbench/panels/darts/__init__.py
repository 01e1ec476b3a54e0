"""The panel of gradient-based search: α as a heat map and as a cell, epoch by epoch.

- ``panel``: ``DARTSPanel``, a ``SearchPanel`` for one method with the pictures of a mixture below
- ``supernet_settings``: the space that the supernet is made of, as controls
- ``epochs_so_far``: what a run's events say of each epoch · ``cards``: the pictures of one epoch
"""
