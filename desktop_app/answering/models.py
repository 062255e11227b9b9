"""Models: which there are, opening one, and the machine that runs it."""

from dataclasses import replace

from desktop_app.answering.bench import Bench, Table
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import LensError
from desktop_app.core.model_file import load_model
from desktop_app.core.model_library import find_model, list_models
from desktop_app.core.network_layout import plan_network
from desktop_app.core.sessions import ModelSessions
from desktop_app.examination import examine_program
from desktop_app.messages import (
    Examine,
    Examined,
    ListModels,
    ModelFailed,
    ModelOpened,
    ModelsListed,
    OpenModel,
)


class ModelAnswers:
    """Answers what concerns models."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.table: Table = {
            ListModels: self._list_models,
            OpenModel: self._open_model,
            Examine: self._examine,
        }

    def _list_models(self, request: ListModels, _: Cancellation) -> None:
        models = list_models(self._bench.model_folders)
        self._bench.deliver(ModelsListed(request.number, models))

    def _open_model(self, request: OpenModel, _: Cancellation) -> None:
        bench = self._bench
        try:
            model = load_model(find_model(request.reference, bench.model_folders))
            model = replace(model, plan=plan_network(model))
            folders = replace(bench.runtime.cuda_folders, chosen=request.cuda_folder)
            bench.runtime.cuda_folders = folders
            sessions = ModelSessions(model, request.choice, runtime=bench.runtime)
        except LensError as error:
            bench.deliver(ModelFailed(request.number, error))
            return
        bench.open(sessions)
        bench.index.follow(model)
        bench.deliver(ModelOpened(request.number, model, sessions.provider))

    def _examine(self, request: Examine, _: Cancellation) -> None:
        bench = self._bench
        bench.deliver(Examined(request.number, examine_program(bench.runtime)))
