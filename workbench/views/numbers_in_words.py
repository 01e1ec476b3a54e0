"""Numbers as people say them: accuracies, how long it took, how many architectures there are."""

from __future__ import annotations

import math

SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
YEAR = 365.25 * 24 * 3600  # seconds
UNIVERSE = 13.8e9  # years since the Big Bang


def percent(score: float) -> str:
    """0.924 -> "92.4 %"."""
    return f"{100 * score:.1f} %"


def duration(seconds: float) -> str:
    """Seconds as people say them: "8.4 s", "3 min 20 s", "2 h 05 min"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def many(number: int, of: str) -> str:
    """So many of something: "1 architecture", "2,000 architectures"."""
    return f"{number:,} {of}{'s' * (number != 1)}"


def counted(number: int) -> str:
    """A whole number in full up to 15 digits ("69,810,262,080"), then as "2.3 × 10¹⁸"."""
    if number < 10**15:
        return f"{number:,}"
    exponent = math.floor(math.log10(number))
    lead = round(10 ** (math.log10(number) - exponent), 1)
    if lead >= 10:
        lead, exponent = 1.0, exponent + 1
    return f"{lead} × 10{str(exponent).translate(SUPERSCRIPTS)}"


def rounded(number: int | float) -> str:
    """About how many: "29,344" in full below a million, then "3.17 million"."""
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if number >= size:
            return f"{number / size:.3g} {word}"
    return f"{round(number):,}"


def lasting(seconds: int) -> str:
    """How long so many seconds are: "64 s", "19 hours", "2,200 years", "35 ages of the universe".

    Whole numbers may exceed what a float can hold: then it is a power of ten.
    """
    if seconds < 120:
        return f"{seconds} s"
    if seconds > 10**300:
        return f"{counted(seconds // round(YEAR))} years"
    for unit, word in ((60.0, "minutes"), (3600.0, "hours"), (86400.0, "days")):
        following = {60.0: 7200.0, 3600.0: 172800.0, 86400.0: 2 * YEAR}[unit]
        if seconds < following:
            return f"{round(seconds / unit)} {word}"
    years = seconds / YEAR
    if years < 2 * UNIVERSE:
        return f"{_two_digits(years)} years"
    ages = years / UNIVERSE
    return f"{_two_digits(ages)} times the age of the universe"


def _two_digits(number: int | float) -> str:
    if number >= 1e15:
        return counted(int(number))
    if number < 10:
        return f"{number:.2g}"
    digits = max(0, math.floor(math.log10(number)) - 1)
    shown = round(number / 10**digits) * 10**digits
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if shown >= size:
            return (
                f"{shown / size:.2g} {word}"
                if shown < 100 * size
                else (f"{round(shown / size)} {word}")
            )
    return f"{shown:,}"
