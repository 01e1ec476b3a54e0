"""A run under way, without widgets: what it is, who pulls it, how often it may be drawn.

- ``worker``: ``Runner``, one thread that pulls any event stream · ``session``: a panel's runs
- ``plan``: a search about to be run · ``warm_up``: late imports early
- ``state_string``: all of it in one line of JSON, and back
- ``setting_names``: "lr", or "strategy.lr" where several parts have one
- ``past``: a run's strategy as it was at any trial
- ``frame_rate``: drawing that cannot slow training down · ``result``: what a run came to
- ``live_panels``: the panels of this kernel, and the cells that made them
"""
