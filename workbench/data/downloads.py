"""One download, checked against a known checksum, or an error that says what to do without it."""

from __future__ import annotations

from pathlib import Path


def cache() -> Path:
    """Where downloaded data sets are kept on this machine."""
    import pooch

    return Path(pooch.os_cache("workbench"))


def fetched(url: str, checksum: str, folder: Path, *, instead: str) -> Path:
    """The file behind ``url`` in ``folder``; downloaded, with a progress bar, where it is not yet.

    ``checksum`` is "md5:…" or "sha256:…"; pooch checks it on a temporary file and only then gives
    the file its name, so nothing half-written is ever found. ``instead`` says what to do offline.

    Raises OSError where there is no network, no room, or what arrived is something else.
    """
    import pooch

    name = url.rsplit("/", 1)[-1]
    try:
        return Path(pooch.retrieve(url, checksum, name, folder, progressbar=True))
    except (OSError, ValueError) as error:  # ValueError: pooch's word for a wrong checksum
        raise OSError(f"{name} could not be downloaded from {url} ({error}). {instead}") from error
