"""A recurrent controller: it writes an architecture down decision by decision.

Zoph & Le (2017), figure 2; NASNet (Zoph et al. 2018), figure 3: an LSTM; at each step a softmax
over the options, and the embedding of the option taken is the next step's input. It knows nothing
of a space but the decisions of its walks. Double precision, and no draw from a generator of others.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from workbench.protocols import SearchSpace
from workbench.strategies.anchor_attention import AnchorAttention
from workbench.strategies.readings import CLOSED, Met, Reading, drawn, log_softmax
from workbench.strategies.recurrent_steps import Answer, Heads, SoftmaxTable, Unrolling

KIND = torch.float64
State = list[tuple[Tensor, Tensor]]  # h and c of each layer, (batch, hidden)


class Controller(nn.Module):
    """An LSTM of ``lstm_layers`` × ``hidden_size`` units with a softmax for each decision.

    ``heads``: whether each decision has a softmax of its own, or each role. With ``attention``
    anchors are answered by attention over anchor points, else by softmaxes like the rest. Logits z
    become ``tanh_constant`` · tanh(z / ``temperature``), without the tanh where that is 0. All
    weights start uniform in ±``initial_range``.
    """

    def __init__(
        self,
        space: SearchSpace[Any],
        *,
        lstm_layers: int = 2,
        hidden_size: int = 35,
        initial_range: float = 0.08,
        heads: Heads = "a decision",
        attention: bool = True,
        temperature: float = 1.0,
        tanh_constant: float = 0.0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.table = table = SoftmaxTable(space, heads=heads, attention=attention)
        self.temperature, self.tanh_constant = temperature, tanh_constant
        # made on no device first: it would draw from torch's global generator
        lstm = nn.LSTM(hidden_size, hidden_size, lstm_layers, dtype=KIND, device="meta")
        self.lstm = lstm.to_empty(device="cpu")
        self.start = nn.Parameter(torch.empty(hidden_size, dtype=KIND))  # the first step's input
        flat = (table.softmaxes, table.widest * hidden_size)
        self.weight = nn.Parameter(torch.empty(flat, dtype=KIND))
        self.bias = nn.Parameter(torch.empty(table.softmaxes, table.widest, dtype=KIND))
        self.embedding = nn.Parameter(torch.empty_like(self.bias.flatten()[:, None] * self.start))
        self.anchors = AnchorAttention(hidden_size, table.points) if table.points else None
        draws = torch.Generator().manual_seed(random.Random(f"{seed} controller").getrandbits(60))
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.uniform_(-initial_range, initial_range, generator=draws)

    def sample(self, ways: Sequence[Unrolling[Any]], rngs: Sequence[random.Random]) -> None:
        """Follow all of these to their ends, one network pass a step; each has its own draws."""
        zeros = torch.zeros(len(ways), len(self.start), dtype=KIND)
        with torch.no_grad():
            x = self.start.expand_as(zeros)  # (batch, hidden)
            state: State = [(zeros, zeros)] * self.lstm.num_layers
            tops: list[Tensor] = []
            while under_way := [row for row, way in enumerate(ways) if way.place is not None]:
                state = self._cell(x, state)
                tops.append(state[-1][0])
                softmaxes = [row for row in under_way if ways[row].place != -1]
                points = [row for row in under_way if ways[row].place == -1]
                x = self._choose(ways, rngs, tops[-1], softmaxes) if softmaxes else zeros
                if points and self.anchors is not None:
                    after = self._stop(self.anchors, ways, rngs, tops, points)
                    x = x.index_copy(0, torch.tensor(points), after)

    def read(self, ways: Sequence[Unrolling[Any]]) -> Reading:
        """How likely the decisions of these complete walks are; it can be differentiated."""
        states, batch = self._states(ways), len(ways)
        met: list[Met] = []
        at: list[int] = []  # the state of each softmax; ``now`` and ``before``: of each question
        places: list[int] = []
        asked: list[Met] = []
        now: list[int] = []
        before: list[int] = []
        for row, way in enumerate(ways):
            for number, (step, decision, question) in enumerate(way.met()):
                if question is None:
                    place, column = way.steps[step].place, way.steps[step].column
                    columns = self.table.columns(place)
                    met.append(Met(row, number, step, decision, columns, column))
                    at.append(step * batch + row)
                    places.append(place)
                else:
                    yes = int(question.yes)
                    asked.append(Met(row, number, step, decision, (0, 1), yes))
                    now.append(step * batch + row)
                    before.append(question.point * batch + row)
        numbers, is_open, _ = self.table.at(places)
        logs = log_softmax(self.logits(states[at], numbers), is_open)  # (decisions, columns)
        if self.anchors is None or not asked:
            return Reading(batch, met, logs)
        yes_or_no = logs.new_full((len(asked), self.table.widest), CLOSED)
        logits = self._tempered(self.anchors(states[before], states[now]))  # (questions,)
        yes_or_no[:, 0] = nn.functional.logsigmoid(-logits)
        yes_or_no[:, 1] = nn.functional.logsigmoid(logits)
        return Reading(batch, [*met, *asked], torch.cat([logs, yes_or_no]))

    def logits(
        self, states: Float[Tensor, "rows hidden"], softmaxes: Int[Tensor, " rows"]
    ) -> Float[Tensor, "rows columns"]:
        """Of the softmax of each row, closed columns included."""
        weight = self.weight.index_select(0, softmaxes)
        weight = weight.view(len(states), self.table.widest, len(self.start))
        logits = torch.bmm(weight, states[:, :, None])[:, :, 0]
        return self._tempered(logits + self.bias.index_select(0, softmaxes))

    def _tempered(self, logits: Tensor) -> Tensor:
        if self.temperature != 1.0:
            logits = logits / self.temperature
        return self.tanh_constant * logits.tanh() if self.tanh_constant else logits

    def _cell(self, x: Tensor, state: State) -> State:
        after: State = []
        for weights, hidden in zip(self.lstm.all_weights, state):
            after.append(torch.lstm_cell(x, hidden, *weights))
            x = after[-1][0]
        return after

    def _choose(
        self,
        ways: Sequence[Unrolling[Any]],
        rngs: Sequence[random.Random],
        top: Tensor,
        rows: list[int],
    ) -> Tensor:
        """Draw an option in each of these rows; the next inputs, zeros in other rows."""
        places = [ways[row].place or 0 for row in rows]  # none of them is complete
        numbers, is_open, last = self.table.at(places)
        every = len(rows) == len(top)
        logs = log_softmax(self.logits(top if every else top[rows], numbers), is_open)
        columns = drawn(logs, last, [rngs[row].random() for row in rows])
        for row, column in zip(rows, columns):
            ways[row].take(column)
        x = self._embedded(numbers, columns)
        return x if every else torch.zeros_like(top).index_copy(0, torch.tensor(rows), x)

    def _stop(
        self,
        anchors: AnchorAttention,
        ways: Sequence[Unrolling[Any]],
        rngs: Sequence[random.Random],
        tops: list[Tensor],
        rows: list[int],
    ) -> Tensor:
        """Answer the questions at these rows' anchor points; their next inputs."""
        asking = [row for row in rows if ways[row].asks]
        pairs = [(row, *point) for row in asking for point in ways[row].points.items()]
        likely: dict[tuple[int, int], float] = {}
        if pairs:
            earlier = torch.stack([tops[step][row] for row, _, step in pairs])
            now = tops[-1][[row for row, _, _ in pairs]]
            shares = self._tempered(anchors(earlier, now)).sigmoid().tolist()
            likely = {(row, layer): p for (row, layer, _), p in zip(pairs, shares)}
        for row in rows:
            ways[row].stop_at_anchor_point(_coin(likely, row, rngs[row]))
        return anchors.inputs([ways[row].steps[-1].reads for row in rows])

    def _embedded(self, softmaxes: Tensor, columns: list[int]) -> Tensor:
        """Of each option taken, (rows, hidden)."""
        options = softmaxes * self.table.widest + torch.tensor(columns, dtype=torch.int64)
        return self.embedding.index_select(0, options)

    def _states(self, ways: Sequence[Unrolling[Any]]) -> Float[Tensor, "states hidden"]:
        """The top state at each step of each walk, all steps in one pass: (steps · batch, hidden).

        What is read at a step is known: the option that the step before took.
        """
        batch, longest = len(ways), max([1, *(len(way.steps) for way in ways)])
        begun = self.start.expand(batch, -1)
        x = torch.zeros((longest + 1) * batch, len(self.start), dtype=KIND)
        x = x.index_add(0, torch.arange(batch), begun)
        steps = [
            ((number + 1) * batch + row, step)
            for row, way in enumerate(ways)
            for number, step in enumerate(way.steps)
        ]
        softmaxes = [(at, step) for at, step in steps if step.place != -1]
        points = [(at, step) for at, step in steps if step.place == -1]
        if softmaxes:
            numbers = self.table.at([step.place for _, step in softmaxes])[0]
            taken = self._embedded(numbers, [step.column for _, step in softmaxes])
            x = x.index_add(0, torch.tensor([at for at, _ in softmaxes]), taken)
        if points and self.anchors is not None:
            read = self.anchors.inputs([step.reads for _, step in points])
            x = x.index_add(0, torch.tensor([at for at, _ in points]), read)
        tops: Tensor = self.lstm(x.view(longest + 1, batch, -1)[:longest])[0]
        return tops.flatten(0, 1)


def _coin(likely: Mapping[tuple[int, int], float], row: int, rng: random.Random) -> Answer:
    """Yes to a layer as often as attention says."""
    return lambda layer: rng.random() < likely[row, layer]
