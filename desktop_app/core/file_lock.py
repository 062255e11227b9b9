"""Whether another process that is still alive holds a file: a lock that dies with its holder.

A process number says less: it may have been given to another program meanwhile, and means nothing
in another container.
"""

import errno
import os
import sys
from typing import Final

_HELD: Final = (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)
_FAR_AWAY: Final = 2**30
"""Windows locks bytes, and nobody else may read those: one that no file of ours will ever have."""


def try_lock(file: int) -> bool:
    """Take the lock of an open file, without waiting; closing the file, or dying, lets it go.

    Args:
        file: A descriptor open for writing. A second one of the same process counts as another's.

    Returns:
        False when it is held already. True also on file systems that know no locks: there
        processes are not kept apart.
    """
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - only there

            before = os.lseek(file, 0, os.SEEK_CUR)
            os.lseek(file, _FAR_AWAY, os.SEEK_SET)
            try:
                msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            finally:
                os.lseek(file, before, os.SEEK_SET)
        else:
            import fcntl  # noqa: PLC0415 - not on Windows

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _HELD
    return True
