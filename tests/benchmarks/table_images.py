"""A part of the table's images, small enough to ship: makes ``fashion-7x7-images.npz``.

python tests/benchmarks/table_images.py     # needs Fashion-MNIST; a second
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from workbench.estimators.inherited_accuracy import some
from workbench.estimators.table_training import table_data
from workbench.exercises.table_images import FILE, write
from workbench.recordings import keep

COMMAND = "python tests/benchmarks/table_images.py"
VALIDATION, TEST = 1_000, 500


def main() -> None:
    data = table_data()
    few = replace(
        data,
        validation=some(data.validation, VALIDATION, seed=data.split_seed),
        test=some(data.test, TEST, seed=data.split_seed),
    )
    with TemporaryDirectory() as folder:
        write(few, Path(folder) / FILE)
        keep(Path(folder) / FILE, COMMAND)


if __name__ == "__main__":
    main()
