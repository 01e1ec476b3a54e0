"""How words stand on a card: its heading, a quiet remark, a fault."""

from __future__ import annotations

HEADING = '<div style="font-size:13px;font-weight:600;color:#333;margin:0 0 4px">{}</div>'
QUIET = '<p style="margin:0;font-size:13px;color:#555">{}</p>'
FAULT = (
    '<p role="alert" style="margin:0;font-size:13px;border-left:4px solid #D55E00;'
    'padding:2px 8px;overflow-wrap:anywhere">{}</p>'
)
