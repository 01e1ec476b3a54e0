"""What a notebook shows of a recording: its numbers in words, and a picture of them."""

from __future__ import annotations

from abc import ABC, abstractmethod

from workbench.views.paper import card


class Pictured(ABC):
    """Words above a picture; the words alone where no picture is shown."""

    @abstractmethod
    def words(self) -> str:
        """The numbers of the picture, in sentences."""

    @abstractmethod
    def _picture(self) -> str:
        """The picture, as markup."""

    def __repr__(self) -> str:
        return self.words()

    def _repr_html_(self) -> str:
        return f"<p>{self.words()}</p>{card(self._picture())}"
