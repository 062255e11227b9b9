"""What all errors of the release have in common, which tells them from faults in it."""


class ReleaseError(Exception):
    """Something cannot be handed out as it is; the message says what, and what to do."""
