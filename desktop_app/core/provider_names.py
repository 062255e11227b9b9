"""The words for execution providers: of what runs, and of what a person can ask for."""

from typing import Literal

ProviderName = Literal["cpu", "cuda"]
ProviderChoice = Literal["auto", "cpu", "cuda"]
