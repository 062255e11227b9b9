"""Attributions: heat maps that tell which parts of a picture speak for a class.

``methods.py`` names the methods, ``derivatives.py`` runs the network for them, the other modules
hold one family of methods each; :mod:`desktop_app.core.explaining` is the way in.
"""
