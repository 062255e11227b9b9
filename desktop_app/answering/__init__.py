"""What the worker does for each request, one module per area.

Everything here lives in the worker's thread. An expected failure becomes a reply of its own;
anything else is left to the worker's boundary.
"""
