"""What the views take out of a state to explain a class: the same rules for panel and photo."""

from desktop_app.core.attribution.methods import METHODS
from desktop_app.core.attributions import Attribution, Question, question_about
from desktop_app.core.predictions import ranking
from desktop_app.core.records import Prediction
from desktop_app.parts.logit_evidence import LogitEvidence
from desktop_app.state import LensState


def is_asked_why(state: LensState) -> bool:
    """Whether the explanation is looked at, and takes the channel's place over the photo."""
    return state.options.channel_tab == "why"


def asked_question(state: LensState) -> Question | None:
    """What is asked now; None while picture or classes are on their way."""
    model, shown, index = state.model, state.shown, state.explained_class
    if model is None or shown is None or shown.classification is None or index is None:
        return None
    if index >= len(model.labels):
        return None
    options = state.options
    return question_about(
        model,
        options.method,
        index,
        against=state.against_class,
        layer=state.layer if options.explain_at_chosen else None,
    )


def shown_attribution(state: LensState) -> Attribution | None:
    """The heat map of the picture on screen, if there is one."""
    if state.shown is None or state.attribution is None:
        return None
    return state.attribution.result_of(state.shown.number)


def shown_logit(state: LensState) -> LogitEvidence | None:
    """What the logit was taken apart into, if that is about what is on screen and asked now."""
    evidence, shown = state.logit_evidence, state.shown
    if evidence is None or shown is None:
        return None
    asked = shown.number, state.explained_class, state.opposed_class
    answered = evidence.image, evidence.class_index, evidence.against
    return evidence if asked == answered else None


def rivals(state: LensState, count: int) -> tuple[Prediction, ...]:
    """The likeliest classes beside the one that is explained."""
    explained, shown, model = state.explained_class, state.shown, state.model
    if explained is None or model is None or shown is None or shown.classification is None:
        return ()
    probabilities = shown.classification.probabilities
    order = [index for index in ranking(probabilities) if index != explained][:count]
    return tuple(Prediction(model.labels[i], i, float(probabilities[i])) for i in order)


def why_title(state: LensState) -> str:
    """``Why golden retriever and not cocker spaniel``: what is asked now."""
    index, against = state.explained_class, state.opposed_class
    labels = () if state.model is None else state.model.labels
    if index is None or index >= len(labels):
        return "Why"
    return f"Why {labels[index]}" + ("" if against is None else f" and not {labels[against]}")


def why_message(state: LensState) -> str:
    """What to say where the heat map would be; empty when there is one."""
    if shown_attribution(state) is not None:
        return ""
    if state.shown is None:
        return (
            "Opening the image…"
            if state.pending is not None
            else "Drop an image to see why it is taken for what"
        )
    if state.model is None:
        return "Loading the model…" if state.loading_model else "Open a model to ask why"
    if state.attribution is not None and state.attribution.asked is not None:
        return f"{METHODS[state.attribution.asked.method].title}…"
    if state.attribution is not None and state.attribution.stopped:
        return "Stopped"
    return "Nothing to show" if state.shown.classification is not None else "Classifying…"
