"""Every request's answer: the tables of all areas in one."""

from collections.abc import Callable, Iterator
from pathlib import Path

from desktop_app import paths
from desktop_app.answering.attribution import AttributionAnswers
from desktop_app.answering.bench import Answer, Bench
from desktop_app.answering.channels import ChannelAnswers
from desktop_app.answering.comparison import ComparisonAnswers
from desktop_app.answering.evidence import EvidenceAnswers
from desktop_app.answering.folders import FolderAnswers
from desktop_app.answering.index import IndexAnswers
from desktop_app.answering.interventions import InterventionAnswers
from desktop_app.answering.logit_evidence import LogitAnswers
from desktop_app.answering.models import ModelAnswers
from desktop_app.answering.pictures import PictureAnswers
from desktop_app.answering.sharing import SharingAnswers
from desktop_app.answering.similarity import SimilarityAnswers
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.cuda_libraries import CudaFolders
from desktop_app.core.onnx_runtime import Runtime
from desktop_app.messages.base import Reply, Request


class Answers:
    """Answers requests one at a time; belongs to one thread."""

    def __init__(
        self,
        deliver: Callable[[Reply], None],
        model_folders: tuple[Path, ...],
        runtime: Runtime | None = None,
    ) -> None:
        runtime = runtime or Runtime(CudaFolders(own=paths.user_cuda()))
        self._bench = bench = Bench(deliver, model_folders, runtime)
        areas = (
            ModelAnswers(bench),
            PictureAnswers(bench),
            FolderAnswers(bench),
            ChannelAnswers(bench),
            SharingAnswers(bench),
            EvidenceAnswers(bench),
            ComparisonAnswers(bench),
            SimilarityAnswers(bench, bench.index.features),
            InterventionAnswers(bench),
            IndexAnswers(bench),
            AttributionAnswers(bench),
            LogitAnswers(bench),
        )
        self._table: dict[type[Request], Answer] = {
            kind: answer for area in areas for kind, answer in area.table.items()
        }

    def answer(self, request: Request, switch: Cancellation) -> Iterator[None] | None:
        """Answer one request; the replies go to ``deliver``.

        Returns:
            None once it is answered; an iterator where it is answered step by step.

        Raises:
            Cancelled: ``switch`` was thrown.
        """
        return self._table[type(request)](request, switch)

    def rest(self) -> None:
        """Do what can wait until nothing is asked; takes some hundredths of a second at most."""
        self._bench.rest()
