"""An architecture in a text that somebody typed or pasted: found, or what is wrong with it.

A text is only ever handed to ``space.parse``; nothing in it is evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from difflib import SequenceMatcher, get_close_matches
from textwrap import shorten
from typing import TypeVar

from workbench.protocols import SearchSpace
from workbench.strategies.draws import generator

A = TypeVar("A")

LONGEST = 20_000  # characters of an answer
AROUND = 10  # words of chatter on either side of a spelling in its line
WORDS = 400  # characters of what a space says against a line
ALIKE = 0.7  # from 0 to 1: how alike an option is to what was written, to be what was meant
DRESS = " `'\"*>.,;:–—“”„"  # what stands around a spelling in prose and in markdown


def understood(space: SearchSpace[A], given: A | str, *, tried: Collection[A] = ()) -> A:
    """The architecture ``given``, or the last one spelled in it that is not among ``tried``.

    Where all were tried it is the last one. Raises ValueError that says what is wrong and the cure.
    """
    if not isinstance(given, str):
        space.decisions(given)  # raises where it is not in the space
        return given
    if len(given) > LONGEST:
        raise ValueError(
            f"answer: expected at most {LONGEST} characters, got {len(given)}: give the line with "
            "the architecture alone"
        )
    found = spelled_in(space, given)
    if not found:
        raise ValueError(_cure(space, given))
    new = [arch for arch in found if arch not in tried]
    return (new or found)[-1]


def spelled_in(space: SearchSpace[A], text: str) -> list[A]:
    """Every architecture that ``text`` spells, in its order: one a line, or those in backticks.

    Where no line spells one, the whole text may: a line that was broken on its way here.
    """
    found = [arch for line in text.splitlines() for arch in _in_line(space, line)]
    return found or _in_line(space, text)


def _in_line(space: SearchSpace[A], line: str) -> list[A]:
    quoted = re.findall(r"`+([^`]+)`+", line)
    found = [arch for words in quoted for arch in _parsed(space, words.strip())]
    if found:
        return found
    return next(filter(None, (_parsed(space, span) for span in _spans(line))), [])


def _spans(line: str) -> Iterator[str]:
    """The line, then with more and more words left out at its ends, each without its dress."""
    words = line.split()
    for cut in range(min(2 * AROUND, len(words) - 1) + 1):
        for left in range(max(0, cut - AROUND), min(cut, AROUND) + 1):
            span = " ".join(words[left : len(words) - cut + left])
            bare = span.strip(DRESS)
            yield from dict.fromkeys((span, bare, bare.partition(":")[2].strip(DRESS)))


def _parsed(space: SearchSpace[A], text: str) -> list[A]:
    if not text:
        return []
    try:
        return [space.parse(text)]
    except Exception:  # a learner's own parse may raise anything
        return []


def _cure(space: SearchSpace[A], text: str) -> str:
    """What is wrong in the line that comes nearest, what may be meant, and an example."""
    example = space.spell(space.sample(generator(0, 0)))
    lines = [line.strip(DRESS) for line in text.splitlines() if line.strip(DRESS)]
    if not lines:
        return f"answer: expected an architecture, got nothing: spell one such as {example}"
    near = max(lines, key=lambda line: SequenceMatcher(None, line, example, autojunk=False).ratio())
    try:
        space.parse(near)
        wrong = "it is not understood"
    except Exception as error:
        wrong = shorten(str(error), WORDS, placeholder=" …")
    meant = [f"{word} is no option, perhaps {option}" for word, option in _meant(space, near)]
    return "; ".join([f"answer: {wrong}", *meant, f"spell one such as {example}"])


def _meant(space: SearchSpace[A], line: str) -> Iterator[tuple[str, str]]:
    """Words of a line that are no option of the space, though much alike one; with that option."""
    named = [option for each in space.menu() for option in each.options if isinstance(option, str)]
    options = list(dict.fromkeys(named))
    for word in dict.fromkeys(re.findall(r"[A-Za-z]\w{2,}", line)):
        if word not in options:
            for option in get_close_matches(word, options, n=1, cutoff=ALIKE):
                yield word, option
