"""Which layer reads which: the genotype of branched networks, its spelling, its drawing.

Layers count from 1. A layer without an input reads the image, and the classifier reads all outputs
that no layer reads, concatenated (Zoph & Le 2017).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench import checks
from workbench.graphs import Edge, Graph, Node
from workbench.spaces.layers import Layer, head_node, parse_head, parse_layer

SIGNS = {"add": "+", "concatenate": "&", "pad": "|"}
LABELS = {"add": "+", "concatenate": "concat", "pad": "pad, concat"}
PATTERNS = ("chain", "ResNet", "DenseNet")


@dataclass(frozen=True)
class Branches:
    """A branched network's genotype; layers count from 1.

    ``inputs`` holds for each layer the earlier layers that it reads (none: the image), ``merges``
    how it puts them together ("" where there is nothing to merge), ``hidden_units`` the head
    (0: linear). Canonical: inputs ascend, and a layer with fewer than two has no merge.
    """

    layers: tuple[Layer, ...]
    inputs: tuple[tuple[int, ...], ...]
    merges: tuple[str, ...]
    hidden_units: int = 0

    def __post_init__(self) -> None:
        layers = checks.several("Branches: layers", self.layers, "(Layer(…),)")
        units = checks.whole("Branches: hidden_units", self.hidden_units)
        inputs = tuple(
            tuple(sorted({j if type(j) is int else _whole(j) for j in reads}))
            for reads in self.inputs
        )
        merges = tuple(merge if len(reads) > 1 else "" for merge, reads in zip(self.merges, inputs))
        if not len(layers) == len(inputs) == len(self.merges):
            raise ValueError(
                f"Branches: {len(layers)} layers need as many inputs and merges, "
                f"got {len(inputs)} and {len(self.merges)}"
            )
        checks.keep(self, layers=layers, inputs=inputs, merges=merges, hidden_units=units)

    @property
    def ends(self) -> tuple[int, ...]:
        """The layers whose output no layer reads: the classifier reads them all."""
        read = {j for reads in self.inputs for j in reads}
        return tuple(i for i in range(1, len(self.layers) + 1) if i not in read)


def _whole(layer: object) -> int:
    return checks.whole("Branches: inputs", layer)


def connections(pattern: str, depth: int) -> tuple[tuple[int, ...], ...]:
    """Which layers each of ``depth`` layers reads in a "chain", a "ResNet" or a "DenseNet".

    A ResNet's stem is layer 1, its blocks are the layers 2–3, 4–5, …: x + f(x), written out,
    makes each block read the sum of the stem and of every block before it (Veit et al. 2016).
    """
    if pattern not in PATTERNS:
        raise ValueError(f"connections: expected one of {PATTERNS}, got {pattern!r}")
    if pattern == "DenseNet":
        return tuple(tuple(range(1, i)) for i in range(1, depth + 1))
    if pattern == "ResNet":
        return tuple(
            tuple(range(1, i, 2)) if i % 2 == 0 else (i - 1,) * (i > 1) for i in range(1, depth + 1)
        )
    return tuple((i - 1,) * (i > 1) for i in range(1, depth + 1))


def spell(arch: Branches) -> str:
    """``conv3x3:8-conv3x3:8-max3x3[1+2]-fc0``: brackets name what is read, if not the layer before.

    ``+`` adds, ``&`` concatenates, ``|`` pads and concatenates; ``[]`` reads the image.
    """
    words = [layer.spell() for layer in arch.layers]
    for i, (reads, merge) in enumerate(zip(arch.inputs, arch.merges), start=1):
        if reads != _before(i):
            words[i - 1] += f"[{SIGNS.get(merge, '').join(map(str, reads))}]"
    return "-".join([*words, f"fc{arch.hidden_units}"])


def parse(text: str) -> Branches:
    """The architecture so spelled. Raises ValueError that names the layer and what is wrong."""
    *words, head = text.split("-")
    layers, inputs, merges = [], [], []
    for i, word in enumerate(words, start=1):
        name, bracket, rest = word.partition("[")
        layers.append(parse_layer(name, i, text))
        reads, merge = _parse_reads(bracket + rest, i) if bracket else (_before(i), "")
        inputs.append(reads)
        merges.append(merge)
    return Branches(tuple(layers), tuple(inputs), tuple(merges), parse_head(head, text))


def _before(i: int) -> tuple[int, ...]:
    return (i - 1,) if i > 1 else ()


def _parse_reads(brackets: str, i: int) -> tuple[tuple[int, ...], str]:
    numbers = re.fullmatch(r"\[(\d+(?:([+&|])\d+(?:\2\d+)*)?)?\]", brackets)
    reads = tuple(int(number) for number in re.findall(r"\d+", brackets))
    if numbers is None or list(reads) != sorted(set(reads)) or not all(0 < j < i for j in reads):
        raise ValueError(
            f"layer {i} reads {brackets!r}: expected earlier layers in order, joined by one of "
            f"{', '.join(SIGNS.values())}, such as '[1+2]'"
        )
    merge = next((name for name, sign in SIGNS.items() if sign == numbers[2]), "")
    return reads, merge


def graph(arch: Branches) -> Graph:
    """One box a layer in order, a node for each merge, an arc ("skip") for what reaches further."""
    nodes = [Node("image", "image", "input", tooltip="the input image")]
    edges: list[Edge] = []
    boxes = [layer.node(i) for i, layer in enumerate(arch.layers, start=1)]
    boxes.append(head_node(arch.hidden_units))
    reading = zip(boxes, (*arch.inputs, arch.ends), (*arch.merges, "pad"))
    for i, (box, reads, merge) in enumerate(reading, start=1):
        target = box.id
        if len(reads) > 1:
            target = f"merge{i}"
            told = f"{merge} the outputs of layers {', '.join(map(str, reads))}"
            nodes.append(Node(target, LABELS[merge], "merge", tooltip=told))
        for j in reads or (0,):
            tail = f"layer{j}" if j else "image"
            edges.append(Edge(tail, target, "data" if j == i - 1 else "skip"))
        if target != box.id:
            edges.append(Edge(target, box.id))
        nodes.append(box)
    return Graph(tuple(nodes), tuple(edges), title=_title(arch, edges))


def _title(arch: Branches, edges: list[Edge]) -> str:
    skips = sum(edge.kind == "skip" for edge in edges)
    merges = " and ".join(sorted({merge for merge in arch.merges if merge}))
    listed = ", ".join(layer.operation for layer in arch.layers)
    merged = f", merged by {merges}" if merges else ""
    return f"branched network of {listed} with {skips} skip connection{'s' * (skips != 1)}{merged}"
