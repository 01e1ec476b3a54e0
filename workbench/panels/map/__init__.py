"""``TableMap`` (in ``panel``): every cell of a table as a dot, and how strategies walk over them.

- ``landscape``: who neighbours whom, local optima, plateaus · ``axes``: where a dot stands
- ``dots`` (``dots.js``): the map itself, a canvas that takes clicks and keys
- ``clickable_markup`` (``clickable_markup.js``): markup whose marked elements can be pressed
- ``neighbours``: "change one decision", paired bars · ``what_made_it_good``: "What made it good?"
- ``figures``: learning curves, and the map for a reader without a kernel
- ``strategy_walk``: one strategy's run on the table · ``walk_controls``: the controls of it
- ``cell_views``: what is shown of the cell that is picked
"""
