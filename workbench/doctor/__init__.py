"""``workbench doctor``: what is installed, what it runs on, what is missing, and the cure of each.

- ``finding``: one line of the report, and what to do about an error that nobody has foreseen
- ``installation``: Python, packages, device, notebooks, data
- ``session``: what ``workbench lab`` needs is tried, not looked up: a folder is written, a port
  opened, a kernel started, a figure and a graph drawn
- ``examination``: the checks in their turn, and the report

Every check stands alone: one that raises becomes a finding, so a half-broken installation is
still described to the end.
"""

from __future__ import annotations

from workbench.doctor.examination import examine, report
from workbench.doctor.finding import Finding

__all__ = ["Finding", "examine", "report"]
