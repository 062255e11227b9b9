"""The moving average of the weights, against a calculation by hand."""

import pytest

torch = pytest.importorskip("torch")

from torch.optim.swa_utils import AveragedModel  # noqa: E402

from model_export.averaging import moving_average  # noqa: E402

pytestmark = pytest.mark.torch


def averages(decay: float, values: list[float]) -> list[float]:
    """The average after each step, of a weight that takes these values one after the other."""
    network = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.BatchNorm1d(1))
    average = AveragedModel(network, multi_avg_fn=moving_average(decay), use_buffers=True)
    found = []
    for value in values:
        network[0].weight.data.fill_(value)
        network[1].running_mean.fill_(value)
        network[1].num_batches_tracked += 1
        average.update_parameters(network)
        weight, mean = average.module[0].weight.item(), average.module[1].running_mean.item()
        assert weight == pytest.approx(mean)  # batch norm's statistics are averaged too
        assert average.module[1].num_batches_tracked == network[1].num_batches_tracked
        found.append(weight)
    return found


def test_the_decay_rises_so_that_the_start_is_soon_forgotten() -> None:
    # The first step is copied; then the decays are 2/11, 3/12, 4/13.
    second = 2 / 11 * 8 + 9 / 11 * 4
    third = 3 / 12 * second + 9 / 12 * 2
    fourth = 4 / 13 * third + 9 / 13 * 6
    wanted = [8, second, third, fourth]
    assert averages(0.99, [8, 4, 2, 6]) == pytest.approx(wanted)


def test_the_decay_rises_to_what_the_recipe_says() -> None:
    found = averages(0.3, [8.0] * 4 + [0.0] * 3)  # from the fourth step on, 4/13 > 0.3
    assert found[4:] == pytest.approx([8 * 0.3, 8 * 0.3**2, 8 * 0.3**3])
