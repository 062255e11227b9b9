"""What in the window concerns changes of the network: one place to connect, one to render."""

from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from desktop_app.core.interventions import can_scale
from desktop_app.core.residual_blocks import block_of
from desktop_app.intervening import changed_by
from desktop_app.state import LensState
from desktop_app.views.actions import Actions
from desktop_app.views.channel_view import ChannelView
from desktop_app.views.network_view import NetworkView
from desktop_app.views.prediction_list import PredictionList
from desktop_app.views.residual_view import ResidualView


class InterventionParts(QObject):
    """Belongs to one window.

    Signals:
        channel_scaled: Layer, channel, and the factor that it shall have.
        channel_toggled: Switch the open channel off or on.
        branch_toggled: Switch the branch of the chosen layer's block off or on.
        branch_scaled: Name of a block, and the factor that its branch shall have.
        taken_back: The :class:`~desktop_app.core.interventions.Intervention` to take back.
        reset_requested: Take all changes back.
        options_changed: A new :class:`~desktop_app.state.ViewOptions`.
    """

    channel_scaled = Signal(str, int, float)
    channel_toggled = Signal()
    branch_toggled = Signal()
    branch_scaled = Signal(str, float)
    taken_back = Signal(object)
    options_changed = Signal(object)
    reset_requested = Signal()

    def __init__(
        self,
        actions: Actions,
        *,
        network: NetworkView,
        channel: ChannelView,
        predictions: PredictionList,
    ) -> None:
        super().__init__(actions)
        self._state = LensState()
        self._actions = actions
        self.residual = ResidualView()
        self.residual.branch_scaled.connect(self.branch_scaled)
        channel.gate.channel_scaled.connect(self.channel_scaled)
        predictions.changes.taken_back.connect(self.taken_back)
        predictions.changes.reset_requested.connect(self.reset_requested)
        actions.changes.toggle_channel.triggered.connect(self._on_channel)
        actions.changes.toggle_branch.triggered.connect(self._on_branch)
        actions.changes.reset.triggered.connect(self._on_reset)
        actions.changes.shares.triggered.connect(self._set_block_shares)
        for action in (actions.changes.toggle_branch, actions.changes.shares):
            network.canvas.addAction(action)

    def render(self, state: LensState) -> None:
        """Show a snapshot; the commands say what they would switch."""
        self._state = state
        self.residual.render(state)
        actions, changes = self._actions, changed_by(state)
        model, layer = state.model, state.layer or ""
        block = None if model is None else block_of(model.blocks, layer)
        off = block is not None and changes.factor("branch", block.name) == 0
        name = "the block's branch" if block is None else f"the branch of block {block.name}"
        actions.changes.toggle_branch.setText(f"Switch {name} {'on' if off else 'off'}")
        actions.changes.toggle_branch.setEnabled(block is not None)
        off = changes.factor("channel", layer, state.channel) == 0
        possible = model is not None and can_scale(model, layer)
        name = f"channel {state.channel}" if possible else "the channel"
        actions.changes.toggle_channel.setText(f"Switch {name} {'on' if off else 'off'}")
        actions.changes.toggle_channel.setEnabled(possible)
        actions.changes.reset.setEnabled(bool(changes.active))
        actions.changes.shares.setChecked(state.options.block_shares)
        actions.changes.shares.setEnabled(model is not None and bool(model.blocks))

    @Slot()
    def _on_channel(self) -> None:
        self.channel_toggled.emit()

    @Slot()
    def _on_branch(self) -> None:
        self.branch_toggled.emit()

    @Slot(bool)
    def _set_block_shares(self, shown: bool) -> None:  # noqa: FBT001 - a Qt slot's value
        options = replace(self._state.options, block_shares=shown)
        self.options_changed.emit(replace(options, layers_tab="map") if shown else options)

    @Slot()
    def _on_reset(self) -> None:
        self.reset_requested.emit()
