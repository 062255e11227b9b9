"""How a gradient goes back through what only arranges values: reshaping, joining, parting."""

from itertools import accumulate

from desktop_app.core.graph.tape import Gradient, Shares, Step


def reshape(step: Step) -> Shares:
    """Reshape, Flatten, Squeeze and Unsqueeze: back into the input's shape."""
    back = step.reshaped(step.settled(), step.shape(step.input))
    return [(step.input, Gradient(back))]


def transpose(step: Step) -> Shares:
    """Transpose: with the inverse permutation."""
    rank = len(step.shape(step.input))
    order = list(step.attributes.get("perm") or reversed(range(rank)))
    inverse = [order.index(axis) for axis in range(rank)]
    return [(step.input, Gradient(step.write("Transpose", step.settled(), perm=inverse)))]


def concat(step: Step) -> Shares:
    """Concat: its part to each input."""
    whole = step.settled()
    axis = step.attributes["axis"] % len(step.shape(step.output))
    sizes = [step.shape(name)[axis] for name in step.node.input]
    return [
        (name, Gradient(_part(step, whole, end - size, end, axis)))
        for index, (name, size, end) in enumerate(
            zip(step.node.input, sizes, accumulate(sizes), strict=True)
        )
        if step.wants(index)
    ]


def pad(step: Step) -> Shares:
    """Pad with a constant: what was laid on is cut off, and the other way round."""
    if step.attributes.get("mode", "constant") != "constant":
        step.refuse("it repeats what lies inside")
    pads = step.integers_at(1, "pads") or ()
    axes = [name for name in (step.optional(3),) if name is not None]
    turned = step.tape.integers([-number for number in pads])
    back = step.write("Pad", step.settled(), turned, *(["", *axes] if axes else []))
    return [(step.input, Gradient(back))]


def split(step: Step) -> Shares:
    """Split: the parts' gradients joined, zeros for a part that the score does not depend on."""
    parts = [
        step.settled(output)
        if output in step.gradients
        else step.write("Expand", step.number([0]), step.tape.integers(step.shape(output)))
        for output in step.node.output
    ]
    whole = step.write("Concat", *parts, axis=step.attributes.get("axis", 0))
    return [(step.input, Gradient(whole))]


def _part(step: Step, tensor: str, start: int, end: int, axis: int) -> str:
    integers = step.tape.integers
    return step.write("Slice", tensor, integers([start]), integers([end]), integers([axis]))
