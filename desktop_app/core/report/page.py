"""An analysis as one self-contained HTML page: to keep, to print, to send.

:func:`analysis_page` takes what the window shows (analysis and view) and gives the page's text;
what stands on it is prepared here and in the sections' modules, how it looks stands in the
templates (``resources/report/analysis.html`` and one for each section).
"""

from pathlib import Path

from desktop_app.core.analysis import Analysis
from desktop_app.core.console import path_text
from desktop_app.core.findings import Findings
from desktop_app.core.html_page import page_environment, style_hash
from desktop_app.core.opened_view import opened_channel
from desktop_app.core.report.changes import changes_part
from desktop_app.core.report.channel import channel_part
from desktop_app.core.report.comparison import compared_part
from desktop_app.core.report.evidence import evidence_part
from desktop_app.core.report.model import accuracies, layer_rows, model_facts
from desktop_app.core.report.overview import class_rows, photo_address, step_pictures, timings
from desktop_app.core.report.residual import residual_part
from desktop_app.core.report.why import why_part
from desktop_app.core.view_file import View


def analysis_page(
    view: View,
    analysis: Analysis,
    findings: Findings,
    *,
    resources: Path,
    written: str,
) -> str:
    """The page, UTF-8 text.

    Args:
        view: What is open of the analysis, and how it is drawn.
        analysis: Of the view's image with its model.
        findings: What else was found out about it; the page says nothing of what is missing.
        resources: The folder with the templates, in ``report``.
        written: When, for people.

    Raises:
        ViewFileError: The model has no such layer or channel.
    """
    from jinja2 import FileSystemLoader  # noqa: PLC0415 - only for pages
    from markupsafe import Markup  # noqa: PLC0415 - as that

    environment = page_environment(FileSystemLoader(resources / "report"))
    style = environment.get_template("analysis.css").render()
    image, model, classification = analysis.image, analysis.model, analysis.classification
    opened, steps = opened_channel(view, analysis), step_pictures(analysis)
    width, height = image.size
    return environment.get_template("analysis.html").render(
        # The policy's hash is over these very characters.
        style=Markup(style),  # noqa: S704 - from the program's own file
        style_hash=style_hash(style),
        written=written,
        image=image,
        name=path_text(image.name),
        size=f"{width} × {height}",
        title=path_text(model.title),
        photo=photo_address(view, analysis, opened),
        classes=class_rows(view, analysis),
        steps=steps,
        cropped=any(step.name == "cropped" for step in steps),
        channel=None if opened is None else channel_part(view, analysis, opened),
        facts=model_facts(model),
        accuracies=accuracies(model),
        provider=classification.provider,
        timings=timings(analysis),
        layers=layer_rows(view, analysis),
        **_sections(view, analysis, findings),
        overlaid=opened is not None and view.overlay and not opened.is_value,
    )


def _sections(view: View, analysis: Analysis, findings: Findings) -> dict[str, object]:
    """What stands on the page only where it was found out; None or empty for what was not."""
    labels, found = analysis.model.labels, findings
    why = evidence = changes = compared = residual = None
    if found.attribution is not None:
        why = why_part(analysis, found.attribution, colormap=view.colormap)
    if found.logit is not None:
        evidence = evidence_part(found.logit, labels)
    if found.interventions:
        changes = changes_part(view, found.interventions, found.outcome, labels)
    if found.counterpart is not None:
        compared = compared_part(view, analysis, found.counterpart)
    if found.shares:
        residual = residual_part(found.shares, found.effects, labels)
    return {
        "doubt": "" if found.doubt is None else found.doubt.sentence,
        "why": why,
        "evidence": evidence,
        "changes": changes,
        "compared": compared,
        "residual": residual,
    }
