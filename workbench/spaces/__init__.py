"""Search spaces: which architectures can be written down at all (Elsken et al. 2019, section 2).

- ``walk``: what every space derives from its decisions · ``operations``: the menu of operations
- ``chain``: ``ChainSpace``, a sequence of n layers
- ``branches``: ``BranchSpace``, layers that read any earlier layers ·
  ``zoph_le``: ``zoph_le_space()``, Zoph & Le's with its published options
- ``morphisms``: ``morphs``, larger architectures that can compute the same · ``correspondence``
  ``merged_channels``: which weight comes from where
- ``nasnet``: ``NASNetSpace``, cells of blocks · ``darts``: ``DARTSSpace``, cells of nodes
- ``macro_architecture``, ``cell_network``: how cells are stacked ·
  ``hierarchical``: ``MacroSpace``, the stack a decision as well ·
  ``narrower``: ``Narrower``, any of them built smaller
- ``topology``: ``TopologySpace``, the cells of NAS-Bench-201 · ``paths``: a cell's paths
- ``edges``: cells with an operation on every edge, as a relaxed search needs them
- ``recurrent``: ``RecurrentSpace``, cells of recurrent networks for text ·
  ``recurrent_network``: such a cell unrolled over time
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.spaces.branches import BranchSpace
    from workbench.spaces.chain import ChainSpace
    from workbench.spaces.darts import DARTSSpace
    from workbench.spaces.hierarchical import MacroSpace
    from workbench.spaces.morphisms import morphs
    from workbench.spaces.nasnet import NASNetSpace
    from workbench.spaces.nasnet_cell import NASNetCell
    from workbench.spaces.recurrent import RecurrentSpace
    from workbench.spaces.spelling import Pair
    from workbench.spaces.topology import Topology, TopologySpace
    from workbench.spaces.walk import Space, Walk
    from workbench.spaces.zoph_le import zoph_le_space

_ROOMS = {
    "BranchSpace": "branches",
    "ChainSpace": "chain",
    "DARTSSpace": "darts",
    "MacroSpace": "hierarchical",
    "NASNetCell": "nasnet_cell",
    "NASNetSpace": "nasnet",
    "Pair": "spelling",
    "RecurrentSpace": "recurrent",
    "Space": "walk",
    "Topology": "topology",
    "TopologySpace": "topology",
    "Walk": "walk",
    "morphs": "morphisms",
    "zoph_le_space": "zoph_le",
}

__all__ = [
    "BranchSpace",
    "ChainSpace",
    "DARTSSpace",
    "MacroSpace",
    "NASNetCell",
    "NASNetSpace",
    "Pair",
    "RecurrentSpace",
    "Space",
    "Topology",
    "TopologySpace",
    "Walk",
    "morphs",
    "zoph_le_space",
]

__getattr__ = lazy(__name__, _ROOMS)
