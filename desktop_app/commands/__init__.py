"""The headless commands, one file each.

``add_arguments`` declares, ``run`` does and returns the exit status. Results go to standard
output, progress and errors to standard error.
"""
