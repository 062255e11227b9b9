"""The page of a report: nothing from outside, nothing that runs, nothing that breaks it."""

import base64
import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage

from desktop_app.core.predictions import softmax
from desktop_app.core.records import Accuracy, PixelsSource
from tests.html_pages import HOSTILE, QUOTES, Page
from tests.small_training import narrow_network, write_folders

pytestmark = pytest.mark.torch


def made_report(labels: tuple[str, ...], *, images: int = 300) -> Any:
    """A report without any network: random answers, a gradient per layer, three epochs."""
    from model_export.calibrating import calibrate_on
    from model_export.checkpoints import Checkpoint
    from model_export.classified import Classified
    from model_export.confusions import worst_confusions
    from model_export.curves import EpochRecord
    from model_export.evaluation import score
    from model_export.gradient_flow import Flow
    from model_export.presets import find_preset
    from model_export.report_measuring import CalibrationReport, RunReport

    generator = np.random.default_rng(0)
    logits = generator.normal(0, 3, (images, len(labels)))
    targets = generator.integers(0, len(labels), images)
    logits[np.arange(images), targets] += 4
    classified = Classified(
        name="made val",
        labels=labels,
        probabilities=softmax(2 * logits),
        targets=targets,
        positions=np.arange(images),
    )
    preset = find_preset("lesson", classes=len(labels))
    pixels = generator.integers(0, 256, (images, 64, 64, 3), np.uint8)
    sources = tuple(PixelsSource(f"{HOSTILE}{n}", each) for n, each in enumerate(pixels))
    fitted = calibrate_on(classified)
    layers = ("conv1", "res2a_branch2a", "res2a_branch1", "res3a_branch2a", "fc6")
    return RunReport(
        checkpoint=Checkpoint(
            preset=preset,
            labels=labels,
            preprocessing=preset.preprocessing(),
            weights={},
            training={
                "data_set": HOSTILE,
                "images": 1080,
                "epoch": 3,
                "seed": 7,
                "commit": "0123abc",
                "started_from": QUOTES,
                "recipe": {"epochs": 3, "flip": True, "peak_rate": 0.05},
            },
        ),
        parameters=23_600_006,
        history=tuple(
            EpochRecord(
                epoch=n,
                loss=3 / n,
                accuracy=n / 4,
                rate=0.1 / n,
                seconds=2000,
                val_loss=2 / n,
                val_accuracy=n / 5,
            )
            for n in (1, 2, 3)
        ),
        evaluation=score(classified, np.zeros(images, np.bool_), temperature=fitted.temperature),
        chosen_on_these=True,
        worst=worst_confusions(classified, sources),
        calibration=CalibrationReport(
            temperature=fitted.temperature,
            before=fitted.before,
            after=fitted.after,
            fitted_on="made val",
            note="",
        ),
        gradients=Flow(
            kind="residual",
            batch_norm=True,
            layers=layers,
            losses=np.array([1.5]),
            gradient_norms=np.array([[0.5, 0.02, 0.3, 0.0, 0.9]]),
            weight_norms=np.full((1, 5), 10.0),
        ),
        gradient_images=64,
    )


def render(report: Any) -> str:
    from model_export.report_page import render

    return render(report)


@pytest.fixture(scope="module")
def small() -> Any:
    return made_report((HOSTILE, QUOTES, "ordinary", "&amp;", "five", "six"))


@pytest.fixture(scope="module")
def page(small: Any) -> Page:
    return Page(render(small))


def test_names_of_classes_and_files_cannot_break_the_page(small: Any, page: Page) -> None:
    assert "<script" not in render(small)
    assert "<img src=x" not in render(small)
    assert page.named("script") == []
    assert page.text.count(HOSTILE) > 3  # it is there, as text
    assert QUOTES in page.text
    assert "&amp;" in page.text
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)


def test_nothing_is_loaded_from_anywhere(page: Page) -> None:
    addresses = [
        (tag, str(value))
        for tag, attributes in page.elements
        for name, value in attributes.items()
        if name in {"src", "href", "srcset", "action", "data", "xlink:href", "poster"}
    ]
    assert addresses
    for tag, address in addresses:
        assert address.startswith("data:image/" if tag == "img" else "#"), address
    assert not page.named("link")
    assert "url(" not in page.style
    assert "@import" not in page.style
    anchors = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert {address[1:] for tag, address in addresses if tag == "a"} <= anchors


def test_the_policy_allows_the_pages_own_style_and_data_pictures_only(page: Page) -> None:
    (policy,) = [
        attributes["content"]
        for attributes in page.named("meta")
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'"
    # Such a policy forbids style attributes: there is none.
    assert not any("style" in attributes for _, attributes in page.elements)


def test_what_is_drawn_is_also_said(page: Page) -> None:
    assert page.named("html") == [{"lang": "en"}]
    assert len(page.named("h1")) == 1
    assert all(image.get("alt") for image in page.named("img"))
    for drawing in page.named("svg"):
        assert drawing.get("aria-hidden") == "true" or (
            drawing["role"] == "img" and drawing["aria-label"]
        )
    assert page.named("th")
    assert all(cell.get("scope") in {"col", "row"} for cell in page.named("th"))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_the_figures_stand_on_the_page(small: Any, page: Page) -> None:
    from model_export.report_page import percent

    accuracy = small.evaluation.accuracy
    assert percent(accuracy.top1) in page.text.replace(" %", "\N{NO-BREAK SPACE}%")
    assert f"{round(accuracy.top1 * 300)} of 300" in page.text
    for said in ("1 h 40 min", "23 600 006", "0123abc", "Peak rate 0.05", "Flip yes", "Seed 7"):
        assert said in page.text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\xa0", " ")
    assert f"{small.calibration.temperature:.3f}" in page.text
    assert "The best epoch was chosen on these images" in page.text
    assert "cross-fitted" in page.text


def test_classes_come_worst_first_and_those_without_images_last(small: Any) -> None:
    from model_export.report_page import _class_rows

    rows = _class_rows(small.evaluation)
    bars = [row.bar for row in rows]
    assert bars == sorted(bars)
    nobody = replace(small.evaluation.classes[2], images=0, precision=None, recall=None)
    classes = (*small.evaluation.classes[:2], nobody, *small.evaluation.classes[3:])
    last = _class_rows(replace(small.evaluation, classes=classes))[-1]
    assert (last.label, last.recall, last.f1) == ("ordinary", "–", "–")


def test_many_classes_are_a_picture_that_fits_the_matrix() -> None:
    labels = tuple(f"class {n}" for n in range(200))
    report = made_report(labels, images=10_000)
    text = render(report)
    assert len(text) < 3_000_000
    page = Page(text)
    (address,) = [i["src"] for i in page.named("img") if str(i["src"]).startswith("data:image/png")]
    content = base64.b64decode(str(address).partition(",")[2])
    with PillowImage.open(io.BytesIO(content)) as picture:
        assert (picture.size, picture.mode) == ((200, 200), "RGBA")
    assert "Top-5 accuracy" in page.text


def test_without_history_or_temperature_or_mistakes_the_page_says_so(small: Any) -> None:
    bare = replace(
        small,
        history=(),
        worst=(),
        calibration=replace(small.calibration, after=None, fitted_on="", note="too few images"),
        evaluation=replace(
            small.evaluation, accuracy=Accuracy(name="made val", images=300, top1=1.0)
        ),
    )
    page = Page(render(bare))
    assert "Curves" not in page.text
    assert "Top-5" not in page.text
    assert "not recorded" in page.text
    assert "every image is right" in page.text
    assert "The temperature stays 1: too few images." in page.text
    assert "After" not in page.text


# --- pictures and charts -------------------------------------------------------------------------


def test_the_matrix_picture_shows_shares_of_the_true_class() -> None:
    from model_export.report_pictures import RIGHT_COLOUR, WRONG_COLOUR, confusion_address

    confusion = np.array([[4, 0, 0], [3, 1, 0], [0, 0, 0]])
    content = base64.b64decode(confusion_address(confusion).partition(",")[2])
    pixels = np.asarray(PillowImage.open(io.BytesIO(content)))
    assert pixels[0, 0].tolist() == [*RIGHT_COLOUR, 255]
    assert pixels[1, 0].tolist() == [*WRONG_COLOUR, round(255 * 0.75**0.5)]
    assert pixels[2, :, 3].tolist() == [0, 0, 0]


def test_classes_taken_for_one_another_stand_side_by_side() -> None:
    from model_export.report_pictures import confused_order

    confusion = 10 * np.eye(6, dtype=np.int64)
    for one, other in ((0, 4), (1, 5), (2, 3)):
        confusion[one, other] = confusion[other, one] = 8
    order = confused_order(confusion).tolist()
    assert sorted(order) == list(range(6))
    for one, other in ((0, 4), (1, 5), (2, 3)):
        assert abs(order.index(one) - order.index(other)) == 1


def test_a_scale_goes_from_end_to_end() -> None:
    from model_export.report_charts import Scale

    linear = Scale(0, 4, 100, 20)
    assert (linear(0), linear(1), linear(4)) == (100, 80, 20)
    logarithmic = Scale(0.01, 1, 0, 10, logarithmic=True)
    assert [logarithmic(v) for v in (0.01, 0.1, 1)] == pytest.approx([0, 5, 10])
    assert Scale(3, 3, 0, 10)(3) == 5


def test_a_run_of_one_epoch_has_curves() -> None:
    from model_export.curves import EpochRecord
    from model_export.report_charts import curve_charts

    only = EpochRecord(epoch=1, loss=2.0, accuracy=0.5, rate=0.1, seconds=1)
    loss, accuracy, rate = curve_charts([only])
    assert [len(chart.lines) for chart in (loss, accuracy, rate)] == [1, 1, 1]
    (mark,) = loss.lines[0].marks
    assert loss.left <= mark.x <= loss.right
    assert loss.top <= mark.y < loss.bottom
    assert "training 2" in loss.says
    assert curve_charts([]) == ()


def test_bars_tell_too_sure_from_too_modest() -> None:
    from model_export.reliability import reliability
    from model_export.report_reliability import reliability_chart

    shares = np.array([[0.9, 0.1]] * 30 + [[0.6, 0.4]] * 10)
    targets = np.array([1] * 30 + [0] * 10)
    chart = reliability_chart(reliability(shares, targets), "made")
    modest, sure = chart.bars
    assert modest.right_y < modest.said_y  # up is less
    assert sure.said_y < sure.right_y == chart.frame.bottom
    assert (modest.few, sure.few, chart.most) == (True, False, 30)
    assert "30 images: 90.0% said, 0.0% right" in sure.says
    assert sure.count_y == chart.count_top


def test_gradients_stand_on_a_logarithmic_axis_and_none_falls_off() -> None:
    from model_export.report_charts import gradient_chart

    report = made_report(("a", "b", "c"))
    chart = gradient_chart(report.gradients, relative=False)
    assert [mark.says.split(":")[0] for mark in chart.marks] == [
        "conv1", "res2a_branch2a", "res2a_branch1", "fc6",
    ]  # fmt: skip
    assert all(chart.top <= mark.y <= chart.bottom for mark in chart.marks)
    assert [mark.role for mark in chart.marks] == ["accent", "accent", "against", "accent"]
    assert [band.label for band in chart.bands] == ["stage 2", "stage 3"]
    relative = gradient_chart(report.gradients, relative=True)
    assert "conv1: 0.05" in [mark.says for mark in relative.marks]


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture
def narrow() -> Iterator[None]:
    with narrow_network():
        yield


@pytest.mark.usefixtures("narrow")
def test_a_trained_run_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from model_export.__main__ import main

    data, run = write_folders(tmp_path / "shades"), tmp_path / "run"
    train = ["train", "--data", data, "--preset", "lesson", "--image-size", 32, "--output", run]
    assert main([str(each) for each in (*train, "--epochs", 1, "--batch-size", 6)]) == 0
    capsys.readouterr()
    output = tmp_path / "page.html"
    (data / "val" / "dark" / "broken.png").write_bytes(b"")
    assert main(["report", str(run), "--data", str(data), "--output", str(output)]) == 0
    assert f"written: {output}" in capsys.readouterr().out
    page = Page(output.read_text("utf-8"))
    assert "ResNet-50 on shades" in page.text
    assert "Not counted, because it cannot be read: broken.png" in page.text
    assert main(["report", str(run), "--data", str(data), "--split", "holdout"]) == 2
    assert "has only: train, val" in capsys.readouterr().err
