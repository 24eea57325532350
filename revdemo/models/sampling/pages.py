"""transformers' continuous batching in the place of our seats: keys and values in pages of a GPU's memory.

Its scheduler decides what is computed together, and its sampler is given one token to choose from: the one
that `draw` takes, by the number of its text. So texts, and the order in which they end, are those of `Batch`,
but for what other kernels round. Its loop is not begun in a thread of its own: a step is ours to take.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import torch
from transformers import GenerationConfig
from transformers.generation.configuration_utils import ContinuousBatchingConfig
from transformers.generation.continuous_batching.cb_logits_processors import (
    ContinuousBatchingLogitsProcessor,
    ContinuousBatchingLogitsProcessorList,
)
from transformers.generation.logits_process import LogitsProcessorList
from transformers.utils.import_utils import is_flash_attn_2_available

from revdemo.errors import RevdemoError
from revdemo.models.sampling.batch import Batch, Text

PAGE = 32  # tokens: of a review of 160 no more than a fifth is left unused


class Pages(Batch):
    """A Batch whose keys and values are in pages."""

    def _take_seats(self, prompts: list[list[int]]) -> None:
        if len(prompts) > 1:
            raise RevdemoError(
                "The engine continuous cannot guide texts: add --guidance 1, or use --engine plain."
            )
        self.prompt = prompts[0]
        _, self.first = self._read(self.prompt)
        length = len(self.prompt) + self.steps
        config = ContinuousBatchingConfig(
            page_size=PAGE,
            num_blocks=self.count * math.ceil(length / PAGE) + 1,
            max_batch_tokens=self.count * (len(self.prompt) + 1),  # all texts may begin in one step
            max_requests_per_batch=self.count,
            max_blocks_per_request=0,
            safety_margin=0.0,  # there is room for every text
            allow_block_sharing=False,
            use_async_batching=False,
            use_cuda_graph=False,  # what `draw` looks through depends on the logits
            auto_switch_to_flash=is_flash_attn_2_available(),  # other kernels would be fetched from the Hub
        )
        options = GenerationConfig(do_sample=True, eos_token_id=-1, max_new_tokens=self.steps)
        self.manager = self.model.init_continuous_batching(options, config)
        self.manager.logit_processor = _Drawn.alone(self)
        self.manager.batch_processor = self.manager._create_batch_processor()

    @torch.inference_mode()
    def begin(self, numbers: list[int], end: int) -> list[Text]:
        """Draw the first token of the texts of these numbers; returns those that it ended."""
        new = [Text(number, self.seed, self.steps) for number in numbers]
        self.texts += new
        self._add([self.first.expand(len(new), -1)], new, end)
        done = self._leave(end)
        for text in new:
            if text in self.texts:
                asked = self.prompt + text.tokens
                self.manager.add_request(asked, str(text.number), self.steps - 1, eos_token_id=end)
        return done

    @torch.inference_mode()
    def step(self, end: int) -> list[Text]:
        """Add a token to every text; returns those that this ended, by the end token or by length."""
        self.end = end
        batches = self.manager.batch_processor
        if batches.prepare_next_batch():
            batches._generation_step(self.model)
            batches.update_batch()
        while self.manager.get_result(timeout=0):  # which is what was drawn here
            pass
        return self._leave(end)

    def drop(self, texts: list[Text]) -> None:
        """Let go of texts that have ended or are not worth finishing."""
        for text in texts:
            self.texts.remove(text)
            self.manager.cancel_request(str(text.number))


class _Drawn(ContinuousBatchingLogitsProcessor):
    """Leaves of each row's logits only the token that its text draws."""

    supported_kwargs: ClassVar[dict[str, type]] = {}
    ignored_kwargs = ()

    def __init__(self, pages: Pages):
        self.pages = pages
        self.rows: list[Text] = []

    @classmethod
    def alone(cls, pages: Pages) -> ContinuousBatchingLogitsProcessorList:
        """The list of this one processor, as the manager takes it."""
        found = ContinuousBatchingLogitsProcessorList(LogitsProcessorList([cls(pages)]))
        found.tensors_required = 1  # which `prepare_tensor_args` fills
        return found

    def fill_defaults(self, int32_tensor: torch.Tensor) -> None:
        """There are none."""
        int32_tensor.zero_()

    def prepare_tensor_args(self, requests_with_new_token: list[Any]) -> torch.Tensor:
        """Keep whose rows come next."""
        texts = {str(text.number): text for text in self.pages.texts}
        self.rows = [texts[request.state.request_id] for request in requests_with_new_token]
        return torch.zeros(len(self.rows), dtype=torch.int32)

    def __call__(self, scores: torch.Tensor, tensor_arg: torch.Tensor) -> torch.Tensor:
        """rows x vocabulary: 0 for the token drawn, and no chance for the others."""
        self.pages._add([scores], self.rows, self.pages.end)
        drawn = torch.tensor([text.tokens[-1] for text in self.rows], device=scores.device)
        return torch.full_like(scores, -math.inf).scatter(1, drawn[:, None], 0.0)
