"""The parts of the snapshot that belong to one area each, as frozen values.

``state.py`` names them for the type checker alone, so that none of them is loaded before the
window is on screen.
"""
