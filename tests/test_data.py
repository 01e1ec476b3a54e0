"""Images: where they come from, how they are split, what is refused."""

from __future__ import annotations

import gzip
import io
import pickle
import struct
import tarfile
from pathlib import Path

import numpy as np
import pooch
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from workbench.data import cifar10, digits, fashion_mnist, from_arrays
from workbench.data.cifar import RECORD, TEST, TRAIN
from workbench.data.downloads import fetched
from workbench.data.fashion import DEBIAN, FILES, read_idx
from workbench.data.images import normalised, stratified
from workbench.records import ImageTask

# ---------------------------------------------------------------------- digits and splits


def test_digits_are_split_60_20_20_with_every_class_in_proportion():
    data = digits()
    assert data.task == ImageTask(1, 8, 8, 10)
    assert [len(s) for s in (data.train, data.validation, data.test)] == [1079, 359, 359]
    everything = torch.bincount(
        torch.cat([data.train.labels, data.validation.labels, data.test.labels])
    )
    for split in (data.validation, data.test):
        assert ((torch.bincount(split.labels) - everything / 5).abs() < 1.01).all()


def test_the_three_splits_share_no_image():
    seen = [
        {image.numpy().tobytes() for image in split.images}
        for split in (digits().train, digits().validation, digits().test)
    ]
    assert sum(map(len, seen)) == len(set().union(*seen))


def test_the_split_is_a_function_of_its_seed():
    assert digits(split_seed=3).fingerprint == digits(split_seed=3).fingerprint
    assert digits(split_seed=3).fingerprint != digits(split_seed=4).fingerprint
    assert digits(split_seed=3).described()["split_seed"] == 3


def test_a_log_from_before_the_classes_had_names_still_belongs_to_the_digits():
    assert digits().described() == {
        "name": "digits",
        "task": [1, 8, 8, 10],
        "sizes": [1079, 359, 359],
        "split_seed": 0,
        "fingerprint": "323366ba8795",
    }
    assert digits().classes == tuple("0123456789")


def test_mean_and_deviation_are_those_of_the_training_images_alone():
    data = digits()
    pixels = data.train.images.double()
    assert data.mean.item() == pytest.approx(pixels.mean().item(), rel=1e-6)
    assert data.deviation.item() == pytest.approx(pixels.std(correction=0).item(), rel=1e-6)
    scaled = normalised(data.train.images, data.mean, data.deviation)
    assert scaled.mean().abs() < 1e-4
    assert scaled.std().item() == pytest.approx(1, abs=1e-3)


def test_normalising_a_constant_channel_leaves_zeros_not_nan():
    images = np.zeros((20, 2, 4, 4), np.float32)
    images[:, 0] = np.random.default_rng(0).normal(size=(20, 4, 4))
    data = from_arrays(images, np.arange(20) % 2)
    assert (normalised(data.train.images, data.mean, data.deviation)[:, 1] == 0).all()


@given(
    counts=st.lists(st.integers(5, 40), min_size=2, max_size=6),
    share=st.floats(0.2, 0.8),
    seed=st.integers(0, 99),
)
def test_stratified_gives_each_class_its_share_up_to_one(counts, share, seed):
    labels = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    second = round(share * len(labels))
    first, other = stratified(labels, second, seed=seed)
    assert len(other) == second
    assert sorted([*first, *other]) == list(range(len(labels)))
    for label, count in enumerate(counts):
        drawn = int((labels[torch.from_numpy(other)] == label).sum())
        assert abs(drawn - count * second / len(labels)) < 1


def test_image_data_can_be_sent_to_another_process():
    again = pickle.loads(pickle.dumps(digits()))  # noqa: S301 - our own bytes
    assert again.fingerprint == digits().fingerprint


# ---------------------------------------------------------------------- Fashion-MNIST


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


@given(
    shape=st.lists(st.integers(0, 5), min_size=1, max_size=3),
    packed=st.booleans(),
)
def test_idx_reads_back_what_was_written(tmp_path_factory, shape, packed):
    array = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    path = tmp_path_factory.mktemp("idx") / "file"
    path.write_bytes(gzip.compress(idx(array)) if packed else idx(array))
    assert (read_idx(path) == array).all()
    assert read_idx(path).shape == tuple(shape)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("cut", [1, 3, 7, 20, 100])
def test_a_truncated_idx_file_is_refused(tmp_path, packed, cut):
    raw = idx(np.zeros((10, 4, 4), np.uint8) + np.arange(4, dtype=np.uint8))
    raw = gzip.compress(raw) if packed else raw
    path = tmp_path / "t10k"
    path.write_bytes(raw[: min(cut, len(raw) - 1)])
    with pytest.raises(ValueError, match=r"t10k: (truncated or corrupt|not an IDX file)"):
        read_idx(path)


def test_a_corrupt_or_foreign_idx_file_is_refused(tmp_path):
    path = tmp_path / "train"
    packed = bytearray(gzip.compress(idx(np.arange(200, dtype=np.uint8))))
    packed[40] ^= 0xFF
    for raw, words in (
        (bytes(packed), "truncated or corrupt"),
        (b"\x00\x00\x0d\x01\x00\x00\x00\x01\x00\x00\x00\x00", "not an IDX file of bytes"),
        (b"<html>not found</html>", "not an IDX file of bytes"),
        (idx(np.zeros(5, np.uint8)) + b"\x00", "6 are there"),
        (b"", "not an IDX file"),
    ):
        path.write_bytes(raw)
        with pytest.raises(ValueError, match=words):
            read_idx(path)


def test_a_folder_without_the_files_says_which_and_where_to_get_them(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"train-images-idx3-ubyte\.gz .*apt install"):
        fashion_mnist(folder=tmp_path)


def test_other_data_under_fashion_mnists_names_is_refused(tmp_path):
    for name in FILES:
        shape = (5, 28, 28) if "images" in name else (5,)
        (tmp_path / name).write_bytes(gzip.compress(idx(np.zeros(shape, np.uint8))))
    with pytest.raises(ValueError, match="expected 60000 images of 28 × 28"):
        fashion_mnist(folder=tmp_path)


@pytest.mark.skipif(not DEBIAN.is_dir(), reason="Debian's package dataset-fashion-mnist is absent")
def test_fashion_mnist_from_local_files():
    data = fashion_mnist(train=3_000, validation=500)
    assert data.task == ImageTask(1, 28, 28, 10)
    assert [len(s) for s in (data.train, data.validation, data.test)] == [3_000, 500, 10_000]
    assert torch.bincount(data.train.labels).tolist() == [300] * 10
    assert 70 < data.mean.item() < 76  # 0.2860 of 255 over all 60,000 images
    assert data.classes[9] == "ankle boot"
    for train, said in ((60_000, "60000 at most together"), ("many", "^train: "), (0, "^train ")):
        with pytest.raises(ValueError, match=said):
            fashion_mnist(train=train)


# ---------------------------------------------------------------------- CIFAR-10


@pytest.fixture
def records(monkeypatch) -> dict[str, bytes]:
    monkeypatch.setattr("workbench.data.cifar.IMAGES", 100)  # a file, instead of 10,000
    files = {}
    for i, name in enumerate((*TRAIN, *TEST)):
        noise = np.random.default_rng(i).integers(0, 256, (100, RECORD), dtype=np.uint8)
        noise[:, 0] = np.arange(100) % 10
        files[name] = noise.tobytes()
    return files


def archive(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path / "cifar-10-binary.tar.gz", "w:gz", compresslevel=1) as tar:
        for name, raw in files.items():
            entry = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            entry.size = len(raw)
            tar.addfile(entry, io.BytesIO(raw))
    return path


def test_cifar10_reads_loose_files_and_the_archive_alike(tmp_path, records):
    (tmp_path / "loose").mkdir()
    (tmp_path / "packed").mkdir()
    for name, raw in records.items():
        (tmp_path / "loose" / name).write_bytes(raw)
    loose = cifar10(folder=tmp_path / "loose", train=300, validation=100)
    packed = cifar10(folder=archive(tmp_path / "packed", records), train=300, validation=100)
    assert loose.fingerprint == packed.fingerprint
    assert loose.task == ImageTask(3, 32, 32, 10)
    assert loose.classes[:3] == ("airplane", "automobile", "bird")
    record = np.frombuffer(records[TEST[0]], np.uint8)[:RECORD]
    assert loose.test.labels[0] == record[0]
    assert (loose.test.images[0, 1, 0].numpy() == record[1 + 1024 : 1 + 1024 + 32]).all()  # green


def test_damaged_cifar10_is_refused(tmp_path, records):
    whole = archive(tmp_path, records) / "cifar-10-binary.tar.gz"
    raw = whole.read_bytes()
    whole.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(ValueError, match="truncated or corrupt"):
        cifar10(folder=tmp_path)
    archive(tmp_path, {"data_batch_1": b"a pickle, say"})
    with pytest.raises(ValueError, match=r"binary\* version"):
        cifar10(folder=tmp_path)
    archive(tmp_path, {**records, TRAIN[2]: records[TRAIN[2]][:-5]})
    with pytest.raises(ValueError, match="expected 307300 bytes"):
        cifar10(folder=tmp_path)
    archive(tmp_path, {**records, TRAIN[2]: b"\x0b" + records[TRAIN[2]][1:]})
    with pytest.raises(ValueError, match="a label is 11"):
        cifar10(folder=tmp_path)
    with pytest.raises(FileNotFoundError, match=r"digits\(\), which needs no network"):
        cifar10(folder=tmp_path / "nowhere")


# ---------------------------------------------------------------------- downloads


def test_without_a_network_the_error_says_what_to_do_and_nothing_is_left(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    nobody = "http://127.0.0.1:9/train-images-idx3-ubyte.gz"  # the discard port: nobody listens
    with pytest.raises(OSError, match=r"could not be downloaded .* Work with digits"):
        fetched(nobody, "md5:" + "0" * 32, tmp_path / "kept", instead="Work with digits().")
    assert list(tmp_path.rglob("*.gz*")) == []


def test_a_wrong_checksum_is_an_error_and_nothing_is_left(tmp_path, monkeypatch):
    def deliver(url, output_file, pooch):  # a mirror that serves something else
        Path(output_file).write_bytes(b"<html>please log in</html>")

    monkeypatch.setattr(pooch.core, "choose_downloader", lambda url, progressbar: deliver)
    with pytest.raises(OSError, match="could not be downloaded"):
        fetched("https://example.org/x.gz", "md5:" + "0" * 32, tmp_path / "kept", instead="No.")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_both_online_sets_say_what_to_do_offline(tmp_path, monkeypatch):
    def fail(url, checksum, folder, *, instead):
        raise OSError(instead)

    for module in ("fashion", "cifar"):
        monkeypatch.setattr(f"workbench.data.{module}.fetched", fail)
        monkeypatch.setattr(f"workbench.data.{module}.cache", lambda: tmp_path)
    monkeypatch.setattr("workbench.data.fashion.DEBIAN", tmp_path)
    with pytest.raises(OSError, match=r"fashion_mnist\(folder=…\)"):
        fashion_mnist()
    with pytest.raises(OSError, match=r"cifar10\(folder=…\)"):
        cifar10()
