"""How a gradient goes back through matrix products and softmax."""

from desktop_app.core.graph.tape import Gradient, Shares, Step


def gemm(step: Step) -> Shares:
    """Y = α A B + β C, A and B perhaps transposed."""
    whole = step.settled()
    left, right = step.node.input[:2]
    alpha = step.attributes.get("alpha", 1.0)
    flip_left, flip_right = (step.attributes.get(name, 0) for name in ("transA", "transB"))
    shares: Shares = []
    if step.wants(0):  # dA = dY Bᵀ, dAᵀ = B dYᵀ
        operands = (right, whole) if flip_left else (whole, right)
        flips = (flip_right, 1) if flip_left else (0, 1 - flip_right)
        share = step.write("Gemm", *operands, alpha=alpha, transA=flips[0], transB=flips[1])
        shares.append((left, Gradient(share)))
    if step.wants(1):  # dB = Aᵀ dY, dBᵀ = dYᵀ A
        operands = (whole, left) if flip_right else (left, whole)
        flips = (1, flip_left) if flip_right else (1 - flip_left, 0)
        share = step.write("Gemm", *operands, alpha=alpha, transA=flips[0], transB=flips[1])
        shares.append((right, Gradient(share)))
    if step.wants(2):
        summand = step.node.input[2]
        scaled = step.write("Mul", whole, step.number(step.attributes.get("beta", 1.0)))
        share = step.summed_to(scaled, step.shape(step.output), step.shape(summand))
        shares.append((summand, Gradient(share)))
    return shares


def matmul(step: Step) -> Shares:
    """MatMul of matrices and of stacks of them, broadcast as NumPy does."""
    whole = step.settled()
    left, right = step.node.input
    shapes = step.shape(left), step.shape(right)
    if min(len(shape) for shape in shapes) < 2:
        step.refuse("it multiplies with a plain vector")
    shares: Shares = []
    stack = step.shape(step.output)[:-2]
    if step.wants(0):
        product = step.write("MatMul", whole, _swapped(step, right))
        full = (*stack, *shapes[0][-2:])
        shares.append((left, Gradient(step.summed_to(product, full, shapes[0]))))
    if step.wants(1):
        product = step.write("MatMul", _swapped(step, left), whole)
        share = step.summed_to(product, (*stack, *shapes[1][-2:]), shapes[1])
        shares.append((right, Gradient(share)))
    return shares


def softmax(step: Step) -> Shares:
    """Softmax: y (g - Σ g y), with y the probabilities."""
    whole = step.settled()
    axis = step.tape.integers([step.attributes.get("axis", -1)])
    weighted = step.write("ReduceSum", step.write("Mul", whole, step.output), axis, keepdims=1)
    back = step.write("Mul", step.write("Sub", whole, weighted), step.output)
    return [(step.input, Gradient(back))]


def log_softmax(step: Step) -> Shares:
    """LogSoftmax: g - exp(y) Σ g."""
    whole = step.settled()
    axis = step.tape.integers([step.attributes.get("axis", -1)])
    total = step.write("ReduceSum", whole, axis, keepdims=1)
    back = step.write("Sub", whole, step.write("Mul", step.write("Exp", step.output), total))
    return [(step.input, Gradient(back))]


def _swapped(step: Step, matrix: str) -> str:
    rank = len(step.shape(matrix))
    return step.write("Transpose", matrix, perm=[*range(rank - 2), rank - 1, rank - 2])
