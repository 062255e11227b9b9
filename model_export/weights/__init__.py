"""Weights that others trained: one reader per public source, one definition that takes them all.

file ─ containers ─► named tensors ─ conventions, fitting ─► weights of a :class:`ResNet`, and from
the source (its code, or the files that it lays beside the weights) preprocessing, labels, licence.
"""
