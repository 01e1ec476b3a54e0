"""The state string at the foot of a panel."""

from __future__ import annotations

from html import escape


def folded_state(state: str, call: str) -> str:
    """The state string, folded away, which a click selects; ``call`` builds the panel again."""
    return (
        f'<details><summary>state string</summary><code title="click to select">{escape(state)}'
        f"</code><br><code>{escape(call)}</code> builds this panel again.</details>"
    )
