"""A model → the drawing of its network, by whichever way of laying out fits it.

Called by the worker when a model is opened for the window: a foreign graph takes tens of
milliseconds, most of them for loading the library.
"""

from desktop_app.core.foreign_plan import plan_foreign
from desktop_app.core.network_plan import NetworkPlan
from desktop_app.core.records import Model
from desktop_app.core.residual_plan import plan_residual


def plan_network(model: Model) -> NetworkPlan:
    """Lay out all layers of a model."""
    if any(layer.stage is not None for layer in model.layers):
        return plan_residual(model.layers)
    return plan_foreign(model.layers, model.network)
