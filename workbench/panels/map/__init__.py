"""``TableMap`` (in ``panel``): every cell of a table as a dot, and how strategies walk over them.

- ``neighbour_graph``: who neighbours whom, local optima, plateaus · ``axes``: where a dot stands
- ``dots`` (``dots.js``): the map itself, a canvas that takes clicks and keys
- ``clickable_markup`` (``clickable_markup.js``): markup whose marked elements can be pressed
- ``change_one_decision``: the neighbours as paired bars
- ``variance_by_edge``: "What made it good?"
- ``figures``: learning curves, and the map for a reader without a kernel
- ``strategy_walk``: one strategy's run on the table · ``walk_controls``: the controls of it
- ``cell_views``: what is shown of the cell that is picked
"""
