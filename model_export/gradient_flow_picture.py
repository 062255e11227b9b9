"""Draw :class:`Flow` values: how far gradients reach in a plain and a residual network.

One row of panels for the networks with batch norm, one for those without. All heat maps (layer ×
step) share one logarithmic colour scale, so a colour means the same norm everywhere; the profile
beside them has the same layers at the same height.
"""

import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

import numpy as np
from PIL import Image as PillowImage

from model_export.gradient_flow import LAST_STEPS, MOMENTUM, Flow, FlowSettings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

_PLAIN, _RESIDUAL = "#d8683f", "#3f74d8"
_TEXT, _QUIET, _LINES = "#22252b", "#6b717c", "#d9dce2"
_NOT_TAKEN: Final = "#eef0f3"
"""Of steps that a network did not take because it had diverged."""
_DECADES: Final = 9
"""Of the colour scale. A step so much smaller than another's is lost in float32's seven digits."""
_LOSS_LIMIT: Final = 2.0
"""Losses are drawn up to this many times that of guessing."""
_FIRST: Final[Any] = (0, (3, 2))  # dashes
_LAST: Final[Any] = "solid"

_STYLE: Final[Any] = {
    "figure.constrained_layout.w_pad": 0.1,
    "figure.constrained_layout.h_pad": 0.06,
    "font.size": 10,
    "text.color": _TEXT,
    "axes.labelcolor": _TEXT,
    "axes.titlesize": 11,
    "axes.edgecolor": _LINES,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _QUIET,
    "ytick.color": _QUIET,
    "xtick.labelcolor": _TEXT,
    "ytick.labelcolor": _TEXT,
    "grid.color": _LINES,
    "grid.linewidth": 0.6,
}


def draw_flows(
    flows: Sequence[Flow], file: BinaryIO, *, settings: FlowSettings, data_set: str
) -> None:
    """Draw as a PNG.

    Args:
        flows: Plain and residual in turn, as :func:`compare_flows` gives them.
        file: Receives the picture.
        settings: That the flows come from.
        data_set: Its name.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    pairs = [flows[index : index + 2] for index in range(0, len(flows), 2)]
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(13, 1.7 + 3.1 * len(pairs)), layout="constrained", dpi=100)
        FigureCanvasAgg(figure)
        _draw_heading(figure, settings, data_set)
        panels = figure.subplots(len(pairs), 4, squeeze=False, width_ratios=(6, 6, 5, 5))
        colours = _colour_scale(flows)
        for row, pair in zip(panels, pairs, strict=True):
            for axes, flow in zip(row[:2], pair, strict=True):
                _draw_map(axes, flow, colours, settings.steps)
                _count_steps(axes, settings.steps)
            _draw_profile(row[2], pair)
            _draw_losses(row[3], pair, guessing=math.log(settings.preset.classes))
            _count_steps(row[3], settings.steps)
        below = min(flow.gradient_norms.min() for flow in flows) < cast("float", colours.norm.vmin)
        bar = figure.colorbar(
            colours,
            ax=panels[:, :2],
            location="bottom",
            aspect=60,
            pad=0.03,
            extend="min" if below else "neither",
        )
        bar.minorticks_off()
        bar.set_label("gradient norm ‖∂L/∂W‖ of a layer's kernel")
        bar.outline.set_visible(False)
        _draw_legend(figure)
        drawn = io.BytesIO()
        figure.savefig(drawn, format="png")
    # Matplotlib writes an opacity for every pixel; a palette would move the maps' colours.
    PillowImage.open(drawn).convert("RGB").save(file, "PNG", optimize=True)


def _draw_heading(figure: "Figure", settings: FlowSettings, data_set: str) -> None:
    preset = settings.preset
    figure.suptitle(
        f"Gradient norms in the first {settings.steps} steps of a plain and a residual network of "
        f"{preset.depth} layers\n",  # the second line is kept free for the settings
        fontsize=13,
        x=0.008,
        ha="left",
    )
    figure.text(
        0.008,
        1 - 0.38 / figure.get_figheight(),
        f"{preset.name} preset at {preset.image_size}×{preset.image_size} · {data_set} · "
        f"SGD with momentum {MOMENTUM:g}, rate {settings.rate:g}, batches of "
        f"{settings.batch_size} · seed {settings.seed}",
        color=_QUIET,
        va="top",
    )


def _colour_scale(flows: Sequence[Flow]) -> "ScalarMappable":
    """One scale for every map: whole decades up to the largest norm."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm

    norms = np.concatenate([flow.gradient_norms.ravel() for flow in flows])
    positive = norms[norms > 0]
    top, least = (positive.max(), positive.min()) if positive.size else (1.0, 0.1)
    last = np.floor(np.log10(top)) + 1
    first = max(np.floor(np.log10(least)), last - _DECADES)
    viridis = colormaps["viridis"]
    # A norm of exactly 0 has no logarithm; it is smaller than all others.
    return ScalarMappable(LogNorm(10**first, 10**last), viridis.with_extremes(bad=viridis(0)))


def _draw_map(axes: "Axes", flow: Flow, colours: "ScalarMappable", steps: int) -> None:
    """Layer × step, the input at the top."""
    taken, count = flow.gradient_norms.shape
    axes.imshow(
        flow.gradient_norms.T,
        norm=cast("Normalize", colours.norm),
        cmap=colours.cmap,
        aspect="auto",
        interpolation="nearest",
        extent=(0.5, taken + 0.5, count - 0.5, -0.5),
    )
    axes.set(
        title=f"{flow.kind}, {'with' if flow.batch_norm else 'without'} batch norm",
        facecolor=_NOT_TAKEN,
    )
    _name_layers(axes, flow.layers, border="white")
    axes.spines[:].set_visible(False)
    if taken < steps:
        place, note = ((taken + steps + 1) / 2, count / 2), f"diverged\nafter step {taken}"
        axes.annotate(note, place, color=_QUIET, ha="center", va="center")


def _draw_profile(axes: "Axes", pair: Sequence[Flow]) -> None:
    """Gradient norm by layer, at the first step and over the last ones."""
    layers = pair[0].layers
    heights = np.arange(len(layers))
    for flow in pair:
        for norms, style in ((flow.gradient_norms[0], _FIRST), (flow.last_norms, _LAST)):
            axes.plot(norms, heights, color=_colour(flow), linestyle=style, lw=1.5)
    axes.set(title=f"first step and last {LAST_STEPS}", xlabel="‖∂L/∂W‖", xscale="log")
    _name_layers(axes, layers, border=_LINES)
    axes.grid(axis="x")


def _draw_losses(axes: "Axes", pair: Sequence[Flow], *, guessing: float) -> None:
    """Loss by step, and that of guessing."""
    for flow in pair:
        numbers = np.arange(1, len(flow.losses) + 1)
        axes.plot(numbers, flow.losses, color=_colour(flow), lw=1.5)
    axes.axhline(guessing, color=_QUIET, lw=1, linestyle=":")
    axes.set(title="loss", ylabel="cross entropy", ylim=(0, _LOSS_LIMIT * guessing))
    axes.grid()


def _count_steps(axes: "Axes", steps: int) -> None:
    """From 1 to all that were asked for, also where a network diverged before."""
    from matplotlib.ticker import MaxNLocator

    axes.set(xlabel="step", xlim=(0.5, steps + 0.5))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))


def _draw_legend(figure: "Figure") -> None:
    """One legend for profiles and losses, below them."""
    from matplotlib.lines import Line2D

    entries: tuple[tuple[str, str, Any], ...] = (
        ("plain", _PLAIN, _LAST),
        ("residual", _RESIDUAL, _LAST),
        ("first step", _QUIET, _FIRST),
        (f"median of last {LAST_STEPS}", _QUIET, _LAST),
        ("guessing", _QUIET, ":"),
    )
    lines = [Line2D([], [], color=colour, linestyle=style) for _, colour, style in entries]
    figure.legend(
        lines,
        [name for name, _, _ in entries],
        loc="lower right",
        ncols=len(entries),
        frameon=False,
        handlelength=1.8,
        columnspacing=1.6,
    )


def _name_layers(axes: "Axes", layers: Sequence[str], *, border: str) -> None:
    """Name the stages at the left and part them by lines, the first layer at the top."""
    stages = [f"stage {name[3]}" if name.startswith("res") else name for name in layers]
    starts = [n for n, stage in enumerate(stages) if n == 0 or stage != stages[n - 1]]
    centres = [
        (start + end - 1) / 2 for start, end in zip(starts, [*starts[1:], len(layers)], strict=True)
    ]
    axes.set_yticks(centres, [stages[start] for start in starts])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(layers) - 0.5, -0.5)
    for start in starts[1:]:
        axes.axhline(start - 0.5, color=border, lw=0.8)


def _colour(flow: Flow) -> str:
    return _RESIDUAL if flow.kind == "residual" else _PLAIN
