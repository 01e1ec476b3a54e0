"""What a constructor or a record refuses, and what it keeps, as a learner's kernel meets it.

In a process of its own: the test run's own type checks would refuse before the library does.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

# what is written -> what the ValueError must say
REFUSED = {
    "ChainSpace(filters=8)": ["ChainSpace: filters", "several", "got 8"],
    "ChainSpace(filters='8')": ["ChainSpace: filters", "several", "'8'"],
    "ChainSpace(filters=())": ["ChainSpace: filters"],
    "ChainSpace(filters=(8, 8))": ["ChainSpace: filters", "once"],
    "ChainSpace(filters=(8, 2.5))": ["ChainSpace: filters", "whole number", "2.5"],
    "ChainSpace(filters=(nan,))": ["ChainSpace: filters", "whole number", "nan"],
    "ChainSpace(filters=(8, True))": ["ChainSpace: filters", "whole number", "True"],
    "ChainSpace(filters=(8, '16'))": ["ChainSpace: filters", "whole number", "'16'"],
    "ChainSpace(max_depth=nan)": ["ChainSpace: max_depth", "whole number"],
    "ChainSpace(max_depth=2.0)": ["ChainSpace: max_depth", "whole number"],
    "ChainSpace(max_depth=None)": ["ChainSpace: max_depth", "whole number"],
    "ChainSpace(operations='identity')": ["ChainSpace: operations", "several"],
    "ChainSpace(operations=('sep_conv_3x3',))": ["ChainSpace: operations", "sep_conv_3x3"],
    "ChainSpace(hidden_units=(-1,))": ["ChainSpace: hidden_units", "at least 0"],
    "BranchSpace(always_chain='no')": ["BranchSpace: always_chain", "True or False", "'no'"],
    "BranchSpace(merge_per_layer=1)": ["BranchSpace: merge_per_layer", "True or False"],
    "BranchSpace(merges=())": ["BranchSpace: merges"],
    "TopologySpace(nodes=2.5)": ["TopologySpace: nodes", "whole number"],
    "TopologySpace(operations=('none',))": ["TopologySpace: operations", "'none'"],
    "NASNetSpace(operations=('max pooling', 'identity'))": ["NASNetSpace: operations"],
    "NASNetSpace(operations=('none',))": ["NASNetSpace: operations", "none"],
    "NASNetSpace(stem='tv')": ["NASNetSpace: stem", "cifar", "'tv'"],
    "NASNetSpace(drop_path=nan)": ["NASNetSpace: drop_path", "nan"],
    "NASNetSpace(auxiliary='yes')": ["NASNetSpace: auxiliary", "True or False"],
    "DARTSSpace(operations=('max pooling', 'skip_connect'))": ["DARTSSpace: operations"],
    "DARTSSpace(operations=('none',))": ["DARTSSpace: operations", "'none'"],
    "DARTSSpace(drop_path=1.0)": ["DARTSSpace: drop_path", "[0, 1)"],
    "DARTSSpace(nodes='4')": ["DARTSSpace: nodes", "whole number"],
    "MacroSpace(DARTSSpace(), cells=5)": ["MacroSpace: cells", "several"],
    "Evaluation('0.9', 1.0)": ["Evaluation: score", "number", "'0.9'"],
    "Evaluation(None, 1.0)": ["Evaluation: score", "number", "None"],
    "Evaluation(0.9, 'long')": ["Evaluation: seconds", "number"],
    "Evaluation(0.9, 1.0, 0.9)": ["Evaluation: curve", "several"],
    "Evaluation(0.9, 1.0, (), {'loss': 'low'})": ["Evaluation: measures: loss", "'low'"],
    "Evaluation(0.9, 1.0, (), 3)": ["Evaluation: measures", "by name"],
    "Decision('width', (1, 2), kind='nonsense')": ["'width'", "kind", "'nonsense'"],
    "Decision('width', 8)": ["'width'", "several"],
    "Decision('width', 'abc')": ["'width'", "several"],
    "Decision('width', ([1], [2]))": ["'width'", "hashable"],
    "Decision(3, (1, 2))": ["Decision: name", "text"],
    "Decision('width', (1, 2), role=None)": ["'width'", "role", "text"],
    "Candidate('a', epochs=2.5)": ["Candidate: epochs", "whole number"],
    "Candidate('a', epochs=0)": ["Candidate: epochs", "at least 1"],
    "Candidate('a', continues=-1)": ["Candidate: continues", "at least 0"],
    "Candidate('a', parents=('3',))": ["Candidate: parents", "whole number"],
    "Candidate('a', reason=None)": ["Candidate: reason", "text"],
    "Epoch(0, 1.5, 2, 0.1, 0.5, 1.0)": ["Epoch: epoch", "whole number"],
    "Epoch(0, 1, 2, '0.1', 0.5, 1.0)": ["Epoch: loss", "number"],
    "ImageTask(1, 8, 8, nan)": ["ImageTask: classes", "whole number"],
    "ImageTask(1, 0, 8, 3)": ["ImageTask: height", "at least 1"],
    "TextTask(2.5, 1)": ["TextTask: vocabulary", "whole number"],
    "RandomSearch(TopologySpace(), seed='one')": ["RandomSearch: seed", "whole number"],
    "next(run(trials=-1))": ["trials", "at least 0"],
    "next(run(trials=2.5))": ["trials", "whole number"],
    "next(run(trials=1, seed=-1))": ["seed", "at least 0"],
    "next(run(trials=1, seed=None))": ["seed", "whole number"],
    "next(training().estimate(Candidate(other), trial=0, seed=0))": ["not in this space"],
    "next(training().estimate(other, trial=0, seed=0))": ["candidate", "a Candidate"],
    "Asked(-1, Candidate('a'))": ["Asked: trial", "at least 0"],
    "Asked(True, Candidate('a'))": ["Asked: trial", "whole number"],
    "Asked(0, 'a')": ["Asked: candidate", "a Candidate"],
    "Told(0, Candidate('a'), 0.9)": ["Told: evaluation", "an Evaluation", "0.9"],
    "Failed(0, Candidate('a'), 'no')": ["Failed: error", "an Exception"],
    "Failed(nan, Candidate('a'), ValueError())": ["Failed: trial", "whole number"],
    "Batch(0, 1, -1, 3)": ["Batch: batch", "at least 0"],
    "Batch('1', 1, 1, 3)": ["Batch: trial", "whole number"],
    "Mixture(None, 1, {'normal': (0.5, 0.5)})": ["Mixture: weights: normal", "several"],
    "Mixture(None, 1, {'normal': (('a',),)})": ["Mixture: weights: normal", "number", "'a'"],
    "Opened(0, 2.0)": ["Opened: score", "[0, 1]"],
    "RecurrentSpace(base=1)": ["RecurrentSpace: base", "2 … 64"],
    "RecurrentSpace(activations=('sine',))": ["RecurrentSpace: activations", "sine"],
    "RecurrentSpace(combinations='add')": ["RecurrentSpace: combinations", "several"],
    "BranchSpace(stride_per_side='no')": ["BranchSpace: stride_per_side", "True or False"],
    "replace(words, train=torch.tensor([[0, 1]]))": ["TextData: train", "a row", "(1, 2)"],
    "replace(words, validation=torch.tensor([0.0, 1.0]))": ["TextData: validation", "int64"],
    "replace(words, test=[0, 1])": ["TextData: test", "a Tensor"],
    "replace(words, vocabulary='ab')": ["TextData: vocabulary", "several"],
    "replace(words, vocabulary=('a', 2))": ["TextData: vocabulary", "a text"],
    "replace(words, task=task)": ["TextData: task", "a TextTask"],
    "from_text(None)": ["from_text: text", "a text"],
    "Decision('a', (False, True), kind='anchor', between=(1,))": ["between", "2 whole numbers"],
    "Evaluation(10**400, 1.0)": ["Evaluation: score", "number"],
    "Evaluation(0.5, nan)": ["Evaluation: seconds must be at least 0, got nan"],
    "Evaluation.failed(-1)": ["Evaluation: seconds must be at least 0, got -1"],
    "Epoch(None, 1, 1, nan, nan, -0.5)": ["Epoch: seconds must be at least 0, got -0.5"],
}

SPACES = (
    *("ChainSpace()", "BranchSpace()", "TopologySpace()", "NASNetSpace()", "DARTSSpace()"),
    *("MacroSpace(DARTSSpace())", "RecurrentSpace()"),
)
CALLS = (
    *("decisions({0})", "spell({0})", "graph({0})", "build({0}, task)", "encode({0})"),
    *("mutate({0}, rng)", "crossover({0}, {0}, rng)", "neighbours({0}).__next__()"),
)
REFUSED |= {
    f"{space}.{call.format(other)}": ["not in this space"]
    for space in SPACES
    for call in CALLS
    for other in ("other", "'text'", "None")
}

# what is written -> what is kept
KEPT = {
    "ChainSpace(filters=[int64(8), 16]).filters": "(8, 16)",
    "BranchSpace(always_chain=bool_(False)).always_chain": "False",
    "TopologySpace(channels=int64(4)).channels": "4",
    "DARTSSpace(drop_path=float32(0.5)).drop_path": "0.5",
    "NASNetSpace(drop_path=0).drop_path": "0.0",
    "Evaluation(float32(0.5), int64(2)).score": "0.5",
    "Evaluation(float32(0.5), int64(2)).seconds": "2.0",
    "Evaluation(tensor(0.5), 1.0).score": "0.5",
    "Evaluation(nan, 1.0).score": "nan",
    "Evaluation(-inf, inf)": "Evaluation(score=-inf, seconds=inf, curve=(), measures={})",
    "Evaluation(0.5, 1.0, [float32(0.25), 1]).curve": "(0.25, 1.0)",
    "Evaluation(0.5, 1.0, (), {'parameters': 17, 'loss': float32(0.5)}).measures":
        "{'parameters': 17, 'loss': 0.5}",
    "Candidate('a', epochs=int64(3), parents=[int64(1)])":
        "Candidate(arch='a', epochs=3, continues=None, parents=(1,), reason='')",
    "Decision('width', [1, 2]).options": "(1, 2)",
    "ImageTask(int64(1), 8, 8, 3)": "ImageTask(channels=1, height=8, width=8, classes=3)",
    "RandomSearch(TopologySpace(), seed=int64(3)).seed": "3",
    "RandomSearch(TopologySpace(), seed=-3).ask().reason": "'drawn at random, number 1'",
    "Asked(int64(3), Candidate('a')).trial": "3",
    "Batch(None, int64(1), 1, 3).epoch": "1",
    "Mixture(None, 0, {'normal': [[1, float32(0.5)]]}).weights": "{'normal': ((1.0, 0.5),)}",
    "len(list(run(trials=int64(2), seed=int64(1))))": "4",
}  # fmt: skip

PROGRAM = """
import json, random, sys
from dataclasses import replace
from math import inf, nan
from numpy import bool_, float32, int64
import torch
from torch import tensor
from workbench.data import digits, from_text
from workbench.estimators import FullTraining
from workbench.records import *
from workbench.search import search
from workbench.spaces import *
from workbench.strategies import RandomSearch

class Constant:
    def __init__(self, space): self.space = space
    def prepare(self, *, seed): yield from ()
    def estimate(self, candidate, *, trial, seed):
        yield from ()
        return Evaluation(0.5, 1.0)

def run(**settings):
    space = TopologySpace()
    return search(RandomSearch(space), Constant(space), **settings)

def training():
    return FullTraining(TopologySpace(), digits(), device="cpu")

words = from_text("abab" * 9)

class Other: pass
other, rng, task = Other(), random.Random(0), ImageTask(1, 8, 8, 10)
said = {}
for text in json.load(sys.stdin):
    try:
        said[text] = ["kept", repr(eval(text))]
    except Exception as error:
        said[text] = [type(error).__name__, str(error)]
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said() -> Any:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps([*REFUSED, *KEPT]),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("text", REFUSED)
def test_it_is_refused_in_words(said: Any, text: str) -> None:
    kind, message = said[text]
    assert kind == "ValueError", message
    for word in REFUSED[text]:
        assert word in message


@pytest.mark.parametrize("text", KEPT)
def test_it_is_kept_as_a_plain_value(said: Any, text: str) -> None:
    assert said[text] == ["kept", KEPT[text]]
