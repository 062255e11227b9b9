"""How a gradient goes back through activations and arithmetic, element by element.

Where a function has a corner, the derivative there is the one that PyTorch takes: that of the
flat side.
"""

from collections.abc import Callable

from desktop_app.core.graph.tape import Gradient, Shares, Step


def passed_on(step: Step) -> Shares:
    """Identity, and Dropout as it runs in inference."""
    return [(step.input, step.gradient)]


def cast(step: Step) -> Shares:
    """Cast between floating-point types."""
    back = step.write("Cast", step.settled(), to=step.tape.dtype(step.input))
    return [(step.input, Gradient(back))]


def relu(step: Step) -> Shares:
    """1 where the output is above 0.

    Asked of the output, not of the input: so ONNX Runtime still fuses what comes before it.
    (Sign, which needs one node less, takes three times as long as these two.)
    """
    positive = step.write("Greater", step.output, step.number(0))
    return _times(step, step.write("Cast", positive, to=step.tape.dtype(step.input)))


def guided_relu(step: Step) -> Shares:
    """As :func:`relu`, and 0 where the gradient itself is below 0.

    Springenberg et al. 2015, "Striving for Simplicity: The All Convolutional Net", section 3.4:
    R_l = (f_l > 0) · (R_{l+1} > 0) · R_{l+1}. No derivative any more.
    """
    positive = step.write("Relu", step.settled())
    passing = step.write("Greater", step.output, step.number(0))
    mask = step.write("Cast", passing, to=step.tape.dtype(step.input))
    return [(step.input, Gradient(step.write("Mul", positive, mask)))]


def clip(step: Step) -> Shares:
    """1 between the bounds."""
    inside = None
    for operator, bound in (("Greater", step.optional(1)), ("Less", step.optional(2))):
        if bound is not None:
            within = step.write(operator, step.output, bound)
            inside = within if inside is None else step.write("And", inside, within)
    if inside is None:
        return [(step.input, step.gradient)]
    return _times(step, step.write("Cast", inside, to=step.tape.dtype(step.input)))


def leaky_relu(step: Step) -> Shares:
    """1 above 0, alpha below."""
    positive = step.write("Greater", step.input, step.number(0))
    alpha = step.number(step.attributes.get("alpha", 0.01))
    return _times(step, step.write("Where", positive, step.number(1), alpha))


def sigmoid(step: Step) -> Shares:
    """For y = σ(x): y (1 - y)."""
    rest = step.write("Sub", step.number(1), step.output)
    return _times(step, step.write("Mul", step.output, rest))


def tanh(step: Step) -> Shares:
    """1 - y²."""
    square = step.write("Mul", step.output, step.output)
    return _times(step, step.write("Sub", step.number(1), square))


def hard_sigmoid(step: Step) -> Shares:
    """Alpha where the output lies between 0 and 1."""
    slope = _between(step, step.output, 0, 1)
    alpha = step.number(step.attributes.get("alpha", 0.2))
    return _times(step, step.write("Mul", slope, alpha))


def hard_swish(step: Step) -> Shares:
    """For y = x h(x) with h = clip(x/6 + 1/2, 0, 1): h(x) + x/6 where -3 < x < 3."""
    gate = step.write("HardSigmoid", step.input, alpha=1 / 6, beta=0.5)
    sixth = step.write("Mul", step.input, step.number(1 / 6))
    inner = step.write("Mul", sixth, _between(step, step.input, -3, 3))
    return _times(step, step.write("Add", gate, inner))


def add(step: Step) -> Shares:
    """Add and Sum: to every summand as it is, unless that was broadcast."""
    full = step.shape(step.output)
    return [
        (name, step.gradient)
        if step.shape(name) == full
        else (name, Gradient(step.summed_to(step.settled(), full, step.shape(name))))
        for index, name in enumerate(step.node.input)
        if step.wants(index)
    ]


def subtract(step: Step) -> Shares:
    """Sub: to the second with the other sign."""
    return _of_two(step, step.settled, lambda: step.write("Neg", step.settled()))


def multiply(step: Step) -> Shares:
    """Mul: to each, times the other."""
    left, right = step.node.input
    return _of_two(
        step,
        lambda: step.write("Mul", step.settled(), right),
        lambda: step.write("Mul", step.settled(), left),
    )


def divide(step: Step) -> Shares:
    """Div: g / b to the first, -g y / b to the second."""
    divisor = step.node.input[1]

    def second() -> str:
        weighted = step.write("Mul", step.settled(), step.output)
        return step.write("Neg", step.write("Div", weighted, divisor))

    return _of_two(step, lambda: step.write("Div", step.settled(), divisor), second)


def _of_two(step: Step, first: Callable[[], str], second: Callable[[], str]) -> Shares:
    """The shares of two operands, summed over what they were broadcast along."""
    full = step.shape(step.output)
    return [
        (name, Gradient(step.summed_to(share(), full, step.shape(name))))
        for index, (name, share) in enumerate(zip(step.node.input, (first, second), strict=True))
        if step.wants(index)
    ]


def _times(step: Step, slope: str) -> Shares:
    """The chain rule; a factor for each channel waits as it is."""
    product = step.write("Mul", step.gradient.tensor, slope)
    return [(step.input, Gradient(product, step.gradient.scale))]


def _between(step: Step, tensor: str, low: float, high: float) -> str:
    """1 where ``tensor`` lies between the two, else 0, in the node's element type."""
    above = step.write("Greater", tensor, step.number(low))
    below = step.write("Less", tensor, step.number(high))
    return step.write("Cast", step.write("And", above, below), to=step.tape.dtype(step.input))
