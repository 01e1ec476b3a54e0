"""The final table of a race, and the same in one line of words."""

from __future__ import annotations

from html import escape

from workbench.history import Paired
from workbench.panels.comparison.race_so_far import Finish, Standing
from workbench.panels.parts.card_markup import HEADING, QUIET
from workbench.panels.parts.html_tables import CELL, HEAD, TABLE
from workbench.views.numbers_in_words import many
from workbench.views.paper import card

LEAST = 6  # seeds: with fewer no outcome has p below 0.05
WORDS = "text-align:left;vertical-align:top"


def final_table(seen: Standing) -> str:
    """The card."""
    if not seen.table:
        return card(QUIET.format("The table stands here when one seed has been run by all."))
    unit, best = seen.curve.unit(seen.scale), seen.best or ""
    heads = (
        "strategy",
        f"{seen.curve.short}: median (quartiles)",
        f"better than {seen.baseline} by",
        f"better than {best}, the best here, by",
    )
    head = "".join(f'<th scope="col" style="{HEAD}{WORDS}">{escape(each)}</th>' for each in heads)
    body = "".join(_row(seen, each) for each in seen.table)
    title = f"After {where(seen)}, {seeds(seen)}"
    notes = (
        f"Differences are medians over seeds that both have run, in {unit or 'units of the score'}"
        ", with 95 % bootstrap intervals; p is Wilcoxon's signed-rank test, two-sided, of each "
        "pair alone."
    )
    least = 2 ** (1 - seen.n)
    notes += f" With n = {seen.n}, p cannot fall below {least:.2g}." if seen.n < LEAST else ""
    return card(
        HEADING.format(escape(title))
        + '<div role="region" aria-label="Final table" tabindex="0" style="overflow-x:auto">'
        + f'<table style="{TABLE}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        + "</div>"
        + QUIET.format(escape(notes)).replace("font-size:13px", "font-size:12px;padding-top:6px")
    )


def where(seen: Standing) -> str:
    """Where the table compares: "200 trials"."""
    if seen.by == "trials":
        return f"{round(seen.end)} trials"
    return f"{seen.end:,.0f} simulated seconds"


def seeds(seen: Standing) -> str:
    """How many seeds are compared: "n = 7 of 20 seeds"."""
    of = f" of {seen.seeds}" if seen.n < seen.seeds else ""
    return f"n = {seen.n}{of} seed{'s' * (seen.seeds != 1)}"


def in_words(seen: Standing) -> list[str]:
    """The table as parts of a line: each racer's median, then what the test says."""
    if not seen.table:
        return []
    parts = [f"{seen.curve.short} after {where(seen)}, median of {seeds(seen).replace('n = ', '')}"]
    parts += [f"{each.racer} {_height(seen, each.median)}" for each in seen.table]
    best = seen.table[0]
    if best.baseline is not None:
        by = ", ".join(_difference(seen, best.baseline))
        parts.append(f"{best.racer} better than {seen.baseline} by {by}")
    return parts


def _row(seen: Standing, each: Finish) -> str:
    quartiles = f"({_number(seen, each.low)} – {_number(seen, each.high)})"
    cells = (
        f"<b>{escape(each.racer)}</b>" if each.racer == seen.best else escape(each.racer),
        f"{escape(_height(seen, each.median))} <span style='white-space:nowrap'>{quartiles}</span>",
        _cell(seen, each.baseline),
        _cell(seen, each.winner),
    )
    return (
        f"<tr>{''.join(f'<td style={chr(34)}{CELL}{WORDS}{chr(34)}>{x}</td>' for x in cells)}</tr>"
    )


def _cell(seen: Standing, found: Paired | None) -> str:
    """A difference in two lines that do not break."""
    if found is None:
        return "–"
    lines = _difference(seen, found)
    return "<br>".join(f'<span style="white-space:nowrap">{escape(each)}</span>' for each in lines)


def _height(seen: Standing, height: float) -> str:
    unit = seen.curve.unit(seen.scale) if seen.curve.regret else seen.scale.unit
    return f"{_number(seen, height)} {unit}".rstrip()


def _number(seen: Standing, height: float) -> str:
    return _hundredths(seen.scale.times * height, ".2f")


def _hundredths(number: float, form: str) -> str:
    """Two digits, a true minus, and none before a zero."""
    return format(round(number, 2) + 0.0, form).replace("-", "−")


def _difference(seen: Standing, found: Paired) -> tuple[str, str]:
    """The median with its interval; p, and in how many seeds it was better and worse."""
    value, low, high = (
        _hundredths(seen.scale.times * each, "+.2f")
        for each in (found.difference.value, found.difference.low, found.difference.high)
    )
    wins = f"{many(found.wins, 'seed')} better, {found.losses} worse"
    return f"{value} [{low}, {high}]", f"{p_value(found.p)}; {wins}"


def p_value(p: float) -> str:
    """ "p < 0.001", "p = 0.03"."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"
