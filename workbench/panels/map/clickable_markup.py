"""Markup whose marked elements can be pressed, by click and by key."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import anywidget
import traitlets


class Pressable(anywidget.AnyWidget):
    """``html``, written and escaped by us; pressing ``data-press="x"`` sends ``{"press": "x"}``.

    An element that can be pressed also says ``data-row`` and ``data-column``, for arrow keys.
    """

    _esm: ClassVar[str] = (
        Path(__file__).with_name("clickable_markup.js").read_text(encoding="utf-8")
    )

    html = traitlets.Unicode("").tag(sync=True)
