"""A trained network changed by a morphism, before and after, its outputs compared; notebook 12."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from html import escape
from typing import Any

import ipywidgets as widgets

from workbench import checks
from workbench.exercises.outputs_compared import OutputsCompared
from workbench.exercises.trained_mother import Answers, TrainedMother, Weights
from workbench.graphs import Graph
from workbench.panels.parts import layout
from workbench.panels.parts.dispose_widgets import close_widgets
from workbench.panels.running.open_panels import register
from workbench.spaces.morphisms import MORPHISMS, Morph, Morphism, morphs
from workbench.views.drawings import Drawing, draw
from workbench.views.numbers_in_words import percent
from workbench.views.paper import card

MOST = 12  # children of a kind to choose from
NAMES: dict[str, Weights] = {"as a morphism": "morphism", "at random": "random"}
SHOWN = 36  # images in the figure: their ten outputs each are dots enough


class MorphPanel:
    """Choose a morphism and one of its children: both networks drawn, their outputs compared.

    ``weights`` says where the child's come from: made of the mother's so that it computes the same
    ("as a morphism"), or kept only where they fit ("at random"). A dot of the figure is an output
    of one image; on the diagonal it is what it was. ``child`` is the architecture that is shown.
    """

    def __init__(self, mother: TrainedMother[Any]) -> None:
        self.mother = checks.of_type("MorphPanel: mother", mother, TrainedMother)
        channels = mother.data.task.channels
        every = morphs(mother.space, mother.arch, channels=channels)
        self._morphs = {kind: _some(every, kind) for kind in MORPHISMS}
        kinds = [kind for kind, found in self._morphs.items() if found]
        self.morphism = layout.choice("morphism", kinds)
        self.change = layout.field(widgets.Dropdown(description="change"), width=300)
        self.weights = layout.choice("the child's weights", list(NAMES))
        self._said, self._networks, self._figure = layout.line(), layout.sheet(), layout.sheet()
        self._networks.add_class("wb-networks")
        self._figure.add_class("wb-outputs")
        self._dots = OutputsCompared(mother.answers.judged[:SHOWN].flatten().numpy())
        self._drawn, self._compared = cache(self._drawing), cache(self._comparison)
        self._answers = cache(self._answered)
        self._offer()
        self.morphism.observe(lambda change: self._offer(), "value")
        for control in (self.change, self.weights):
            control.observe(lambda change: self._renew(), "value")
        columns = [layout.column(each) for each in (self._networks, self._figure)]
        self.widget = layout.panel(
            self.morphism, self.weights, self.change, self._said, layout.wrap(*columns)
        )
        register(self)
        self._renew()

    @property
    def morph(self) -> Morph[Any]:
        """The one that is shown."""
        found: Morph[Any] = self._morphs[self.morphism.value][self.change.index or 0]
        return found

    @property
    def child(self) -> Any:
        """Its architecture."""
        return self.morph.child

    @property
    def answers(self) -> Answers:
        """What the child that is shown says of the validation images."""
        return self._answers(self.morph, self.weights.value)

    def words(self, morph: Morph[Any], weights: str) -> str:
        """What the change does, in numbers."""
        before, after = self.mother.answers, self._answers(morph, weights)
        learning = ""
        if NAMES[weights] == "morphism":
            learning = f" ({_share(after.moved(before, learning=True))} in training mode)"
        return (
            f"{morph.kind}, {morph.name}; weights {weights}: outputs move by "
            f"{_share(after.moved(before))} of the largest{learning}. Validation accuracy "
            f"{percent(before.accuracy)} → {percent(after.accuracy)}, parameters "
            f"{before.parameters:,} → {after.parameters:,}."
        )

    def _answered(self, morph: Morph[Any], weights: str) -> Answers:
        return self.mother.child(morph.child, NAMES[weights])

    def _offer(self) -> None:
        """The children of the kind that is chosen."""
        names = [morph.name for morph in self._morphs[self.morphism.value]]
        if tuple(names) != self.change.options:
            self.change.options = names  # none is chosen now
            self.change.index = 0  # which renews

    def _renew(self) -> None:
        if self.change.index is None:  # between two lists of options
            return
        morph, weights = self.morph, self.weights.value
        self._figure.value = card(self._compared(morph, weights))  # what is looked at, first
        self._said.value = escape(self.words(morph, weights))
        self._networks.value = self._beside(morph, still=False)

    def _beside(self, morph: Morph[Any], *, still: bool) -> str:
        """Mother and child, side by side."""
        space = self.mother.space
        new = _marked(space.graph(morph.child), space.graph(self.mother.arch))
        both = (("before", space.graph(self.mother.arch)), ("after", new))
        drawn = [(name, self._drawn(graph)) for name, graph in both]
        cells = "".join(
            f'<div style="flex:1 1 {max(150, made.least)}px;min-width:0"><b>{name}</b>'
            f"{made.image() if still else made.html()}</div>"
            for name, made in drawn
        )
        return f'<div style="display:flex;flex-wrap:wrap;gap:8px">{cells}</div>'

    def _drawing(self, graph: Graph) -> Drawing:
        return draw(graph, max_width=200)

    def _comparison(self, morph: Morph[Any], weights: str) -> str:
        after = self._answers(morph, weights).judged[:SHOWN].flatten().numpy()
        return self._dots.picture(after, self.words(morph, weights))

    def close(self) -> None:
        """Take the widgets away."""
        close_widgets(self)

    def twin(self) -> str:
        """The moment without a kernel: one child, its weights as a morphism and at random."""
        morph = self.morph
        cells = "".join(
            f'<div style="flex:1 1 330px;min-width:0"><p>{escape(self.words(morph, weights))}</p>'
            f"{card(self._compared(morph, weights))}</div>"
            for weights in NAMES
        )
        both = f'<div style="display:flex;flex-wrap:wrap;gap:8px">{cells}</div>'
        return self._beside(morph, still=True) + both

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, Any]:
        return layout.bundle_of(self, self.words(self.morph, self.weights.value))


def _some(every: tuple[Morph[Any], ...], kind: Morphism) -> list[Morph[Any]]:
    """The first of its kind, and at most eleven of the others, the same ones each time."""
    found = [morph for morph in every if morph.kind == kind]
    if len(found) <= MOST:
        return found
    others = sorted(random.Random(0).sample(range(1, len(found)), MOST - 1))
    return [found[place] for place in (0, *others)]


def _marked(graph: Graph, before: Graph) -> Graph:
    """``graph``, with what ``before`` has not marked: by its words, the first of equals as old."""
    old = [(node.label, node.detail) for node in before.nodes]
    nodes = []
    for node in graph.nodes:
        said = (node.label, node.detail)
        is_old = said in old
        if is_old:
            old.remove(said)
        nodes.append(node if is_old else replace(node, highlight=True))
    return replace(graph, nodes=tuple(nodes))


def _share(moved: float) -> str:
    return f"{moved:.0e}" if moved < 1e-6 else percent(moved)
