"""A run under way, without widgets: what it is, who pulls it, how often it may be drawn.

- ``worker_thread``: ``Runner``, one thread that pulls any event stream
- ``session``: a panel's runs, one after the other
- ``run_plan``: a search about to be run · ``warm_up``: late imports early
- ``state_string``: all of it in one line of JSON, and back
- ``setting_name_lookup``: "lr", or "strategy.lr" where several parts have one
- ``strategy_at_trial``: a run's strategy as it was at any trial
- ``redraw_throttle``: drawing that cannot slow training down · ``run_result``: what a run came to
- ``live_pace``: a search that answers at once is slowed to be seen
- ``runs_kept_for_rendering``: finished runs, kept while notebooks are rendered
- ``open_panels``: the panels of this kernel, and the cells that made them
"""
