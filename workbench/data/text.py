"""Text to learn from, character by character: ``TextData``, and the library's own documentation.

A language model predicts the next character. A search trains on ``train`` and compares by
``validation``; ``test`` is for the one number at the very end. The parts are consecutive pieces of
the text, not characters drawn from all over it: a character's neighbours give it away.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import torch
from jaxtyping import Int64
from torch import Tensor

from workbench import checks
from workbench.data.arguments import shares_of
from workbench.records import TextTask

Tokens: TypeAlias = Int64[Tensor, " _"]

LEAST = 2  # tokens of a part: one to read, one to predict
SHOWN = 40  # characters of the vocabulary in a ``repr``


@dataclass(frozen=True, eq=False)
class TextData:
    """Three pieces of a text as tokens, and their task. Token i stands for ``vocabulary[i]``.

    ``task.context`` is how many tokens a training's gradient reaches back.

    Raises ValueError where a part is no row of token numbers, a number has no entry in the
    vocabulary, or the vocabulary is not as long as the task says.
    """

    name: str
    task: TextTask
    train: Tokens
    validation: Tokens
    test: Tokens
    vocabulary: tuple[str, ...]

    def __post_init__(self) -> None:
        checks.text("TextData: name", self.name)
        checks.of_type("TextData: task", self.task, TextTask)
        given = checks.several("TextData: vocabulary", self.vocabulary, '("a", "b")')
        names = tuple([checks.text("TextData: vocabulary", each) for each in given])
        if len(names) != self.task.vocabulary or len(set(names)) != len(names):
            raise ValueError(
                f"TextData: vocabulary: expected {self.task.vocabulary} different texts, as the "
                f"task has, got {len(set(names))}"
            )
        checks.keep(self, vocabulary=names)
        for part in ("train", "validation", "test"):
            checks.keep(self, **{part: self._row(part)})

    def _row(self, part: str) -> Tokens:
        what = f"TextData: {part}"
        tokens = checks.of_type(what, getattr(self, part), Tensor)
        if tokens.dim() != 1 or tokens.dtype != torch.int64 or len(tokens) < LEAST:
            raise ValueError(
                f"{what}: expected a row of at least {LEAST} token numbers (int64), got "
                f"{tuple(tokens.shape)} of {tokens.dtype}"
            )
        if int(tokens.min()) < 0 or int(tokens.max()) >= self.task.vocabulary:
            raise ValueError(
                f"{what}: expected token numbers 0 … {self.task.vocabulary - 1}, got "
                f"{int(tokens.min())} … {int(tokens.max())}"
            )
        if tokens.is_inference():  # made inside ``torch.inference_mode()``
            with torch.inference_mode(False):
                return tokens.clone()
        return tokens

    def __repr__(self) -> str:
        """One line: name, sizes, vocabulary, context."""
        sizes = [len(self.train), len(self.validation), len(self.test)]
        names = "".join(self.vocabulary)
        shown = names[:SHOWN] + "…" * (len(names) > SHOWN)
        return (
            f"{self.name}: {' + '.join(f'{size:,}' for size in sizes)} tokens (train, validation, "
            f"test) out of {self.task.vocabulary}: {shown!r}; context {self.task.context}"
        )

    def decoded(self, tokens: Tokens) -> str:
        """The text of some tokens."""
        numbers: list[int] = tokens.tolist()
        return "".join([self.vocabulary[number] for number in numbers])

    @cached_property
    def fingerprint(self) -> str:
        """The first 12 hexadecimal digits of a SHA-256 over vocabulary and tokens."""
        digest = hashlib.sha256(repr(self.vocabulary).encode())
        for tokens in (self.train, self.validation, self.test):
            digest.update(str(len(tokens)).encode())
            digest.update(tokens.contiguous().cpu().numpy().data)
        return digest.hexdigest()[:12]

    def described(self) -> dict[str, Any]:
        """Name, task, sizes and fingerprint as JSON values: what a log is recognised by."""
        return {
            "name": self.name,
            "task": [self.task.vocabulary, self.task.context],
            "sizes": [len(self.train), len(self.validation), len(self.test)],
            "fingerprint": self.fingerprint,
        }


def from_text(
    text: str,
    *,
    name: str = "text",
    context: int = 32,
    validation: float = 0.1,
    test: float = 0.1,
) -> TextData:
    """A text as characters: its beginning to train on, then ``validation``, then ``test``.

    ``validation`` and ``test`` are shares of the whole. The vocabulary is every character of the
    text, in the order of their code points.

    Raises ValueError for a text of fewer than two different characters, or one too short for three
    parts of two characters.
    """
    checks.text("from_text: text", text)
    vocabulary = tuple(sorted(set(text)))
    if len(vocabulary) < 2:
        raise ValueError(
            f"from_text: text: expected at least 2 different characters, got {len(vocabulary)}"
        )
    shares = shares_of(validation, test)
    numbers = {character: number for number, character in enumerate(vocabulary)}
    with torch.inference_mode(False):
        tokens = torch.tensor([numbers[character] for character in text], dtype=torch.int64)
    second, third = (int(len(text) * share) for share in shares)
    first = len(text) - second - third
    if min(first, second, third) < LEAST:
        raise ValueError(
            f"from_text: text: {len(text)} characters make parts of {first}, {second} and {third}, "
            f"expected at least {LEAST} in each: use a longer text"
        )
    train, then, last = tokens.split([first, second, third])
    context = checks.whole("from_text: context", context, least=1)
    return TextData(name, TextTask(len(vocabulary), context), train, then, last, vocabulary)


def library_text(*, characters: int | None = 100_000, context: int = 32) -> TextData:
    """The documentation of the Python language that comes with Python (``pydoc_data.topics``).

    It is on every machine and in plain English; it differs from one version of Python to the next,
    so numbers can be compared where the version is the same. ``characters`` is how much of its
    beginning is taken; None: all of it, about half a million characters.

    Raises ValueError for fewer than 1,000 characters.
    """
    from pydoc_data.topics import topics  # 0.5 MB that nothing else needs

    characters = checks.whole_or_none("library_text: characters", characters, least=1_000)
    text = "\n".join(topics.values())[:characters]
    context = checks.whole("library_text: context", context, least=1)
    return from_text(text, name="library text", context=context)
