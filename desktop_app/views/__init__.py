"""The widgets: each renders a :class:`~desktop_app.state.LensState` and says what the user wants.

Values come in through ``render(state)``, intentions go out as signals. Widgets keep nothing but
scroll, hover and what is being typed.
"""
