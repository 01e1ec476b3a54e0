"""Two columns that become one where the panel itself, never the window, is too narrow for them."""

from __future__ import annotations

from workbench.panels.parts.layout import COLUMN

GAP = 14  # CSS pixels between columns, as in the shared style sheet


def two_columns(panel: str, *parts: str) -> str:
    """The style of the panel ``.wb-panel`` whose columns, ``.wb-column``, stand in ``.wb-sides``.

    In one column the ``parts`` (``.wb-part``) come in this order, after whatever else there is.
    """
    here = f".wb-{panel}"
    order = "\n".join(f"  {here} .wb-{part} {{ order: {n}; }}" for n, part in enumerate(parts, 1))
    return f"""
{here} {{ container-type: inline-size; width: 100%; overflow: visible; }}
{here} .wb-status {{ min-height: 19px; }}
{here} .wb-status > .widget-html-content {{ line-height: 19px; }}
{here} .wb-form {{ align-items: flex-end; }}
@container (max-width: {2 * COLUMN + GAP - 1}px) {{
  {here} .wb-sides {{ align-items: stretch; flex-flow: column nowrap !important; }}
  {here} .wb-sides > .wb-column {{ display: contents; }}
{order}
}}
"""
