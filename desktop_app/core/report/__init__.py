"""An analysis as an HTML page: one module per section, beside its template in ``resources/report``.

A section's module makes frozen parts of what it is given, as text and pictures; its template lays
them out. :mod:`~desktop_app.core.report.page` puts them together.
"""
