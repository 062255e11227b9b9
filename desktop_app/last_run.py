"""How earlier runs ended: what a dead process left becomes a report."""

import logging
from pathlib import Path
from typing import Final

from desktop_app.crash_report import compose, write_report
from desktop_app.log_file import last_lines
from desktop_app.run_file import REPORT, Leftover, leftovers

_log: Final = logging.getLogger(__name__)


def look_back(folder: Path) -> Path | None:
    """Make the reports of runs that ended by a fault, and forget what they left.

    A folder's listing and, after a crash, a few small files: done in the window's thread, after
    it is on screen and before anything is loaded that may crash again.

    Args:
        folder: Where logs and reports are kept.

    Returns:
        The newest one's report; None where every run ended well, or was ended from outside.
    """
    newest: Path | None = None
    for left in leftovers(folder):
        if REPORT in left.facts:
            report: Path | None = Path(left.facts[REPORT])
        elif left.told:
            report = _report_of(left, folder)
            if report is None:  # on a full disk: the crash is not forgotten
                left.stays = True
                _log.warning("A run of %s crashed; no report of it can be written yet", left.when)
        else:
            report = None
            _log.warning("A run of %s was ended from outside, without a word", left.when)
        newest = report if report is not None and report.is_file() else newest
    return newest


def _report_of(left: Leftover, folder: Path) -> Path | None:
    text = compose(
        f"The program was ended: {left.what}",
        when=left.when,
        where=left.told,
        facts=left.facts,
        log=last_lines(folder),
    )
    return write_report(folder, text, left.when)
