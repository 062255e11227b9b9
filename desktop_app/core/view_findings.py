"""What a view shows beyond the analysis, computed anew: an explanation, a changed network."""

from desktop_app.core.analysis import Analysis
from desktop_app.core.attribution.derivatives import Derivatives
from desktop_app.core.attributions import Attribution, Question, question_about
from desktop_app.core.explaining import explain
from desktop_app.core.findings import Findings
from desktop_app.core.gated_sessions import GatedSessions
from desktop_app.core.gradient_sessions import GradientSessions
from desktop_app.core.interventions import InterventionOutcome
from desktop_app.core.opened_view import explained_class
from desktop_app.core.preprocessing import preprocess
from desktop_app.core.records import Tensor
from desktop_app.core.sessions import ModelSessions
from desktop_app.core.view_file import View


def find(view: View, analysis: Analysis, sessions: ModelSessions) -> Findings:
    """Compute what the view needs, and nothing else.

    Args:
        view: What is looked at.
        analysis: Of its image, by these sessions.
        sessions: Of its model.

    Raises:
        LensError: The class cannot be explained, or the network not be changed, in this model.
    """
    if view.explanation is None and not view.interventions:
        return Findings()
    tensor = preprocess(analysis.image, analysis.model.preprocessing)
    question = question_of(view, analysis)
    return Findings(
        attribution=None if question is None else _explained(tensor, question, sessions),
        interventions=view.interventions,
        outcome=_changed(tensor, view, sessions) if view.interventions else None,
    )


def question_of(view: View, analysis: Analysis) -> Question | None:
    """What the view asks, as the window would; None where it explains nothing."""
    explanation, against = view.explanation, view.against_class
    if explanation is None:
        return None
    known = against is not None and 0 <= against < len(analysis.model.labels)
    return question_about(
        analysis.model,
        explanation.method,
        explained_class(view, analysis),
        against=against if known else None,
        layer=view.layer if explanation.at_layer else None,
    )


def _explained(tensor: Tensor, question: Question, sessions: ModelSessions) -> Attribution:
    gradients = GradientSessions(sessions.model, sessions.provider, runtime=sessions.runtime)
    return explain(Derivatives(gradients), tensor, question)


def _changed(tensor: Tensor, view: View, sessions: ModelSessions) -> InterventionOutcome:
    gated = GatedSessions(sessions.model, sessions.provider, sessions.runtime)
    return gated.run(tensor, view.interventions)
