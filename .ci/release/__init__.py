"""Makes what people install: freezes the program, packs it, and lists what is inside.

``python3 dev.py build`` runs this package in the development environment. It stands beside the
continuous integration because nothing of it belongs into the program or into the build step of
models. One way: flavours → environment → freezing → packages → list of contents → checksums.
"""
