"""How fast revdemo is beside what one would otherwise use: python -m benchmarks.speed

Every line of the tables is a process of its own, one after the other on the same machine, with the same
checkpoints and sampling settings; loading is not timed. About seven minutes on two cores.

Classification: the plain transformers pipeline, one text at a time and in batches, against `predict`.
Generation: the original project's loop, which wrote 20 samples and classified each until one had the stars
that were asked for. Whether it wrote them by one call of `generate` or by twenty is not known: both are here.
Ours runs as it is shipped, which on most CPUs means int8 or bf16, and in float32, which the others run in.
"""

import argparse
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
import transformers
from transformers import pipeline
from transformers.utils import logging

from revdemo.generation.loop import generate
from revdemo.generation.request import AT_ONCE, Request
from revdemo.models.classifier import StarClassifier, load_stars
from revdemo.models.generator import ReviewGenerator, load_generator
from revdemo.reviews import clean
from revdemo.settings import Settings, load_settings

EXAMPLES = Path(__file__).resolve().parent.parent / "assets" / "examples.json"
MEDIAN_WORDS, SPREAD = 168, 0.6  # of film reviews on the web: log-normal, a tenth above 360 words
ROUND = 20
SEED = 7


def made_up_texts(count: int) -> list[str]:
    """Texts as long as film reviews are, put together from sentences of the examples."""
    rng = random.Random(SEED)
    sentences = [s for one in json.loads(EXAMPLES.read_text("utf-8")) for s in one["text"].split(". ")]
    texts = []
    for _ in range(count):
        wanted, words = rng.lognormvariate(0, SPREAD) * MEDIAN_WORDS, []
        while len(words) < wanted:
            words += f"{rng.choice(sentences).rstrip('.')}.".split()
        texts.append(" ".join(words))
    return texts


# --- classification: texts -> seconds -----------------------------------------------------------------------


def _pipeline(stars: StarClassifier) -> Callable:
    """The pipeline as one would write it, cutting texts where revdemo cuts them."""
    pipe = pipeline("text-classification", model=stars.model, tokenizer=stars.tokenizer, device=stars.device)
    return lambda texts, **options: pipe(texts, truncation=True, max_length=stars.max_length, **options)


def pipeline_one_by_one(stars: StarClassifier, texts: list[str]) -> None:
    """One call for each text."""
    pipe = _pipeline(stars)
    for text in texts:
        pipe(text)


def pipeline_batched(stars: StarClassifier, texts: list[str]) -> None:
    """One call for all, in batches of 32."""
    _pipeline(stars)(texts, batch_size=32)


def revdemo_predict(stars: StarClassifier, texts: list[str]) -> None:
    """One call of ours."""
    stars.predict(texts)


# --- generation: an endless stream of judged reviews, the start of each round marked by None ----------------


def _ask(writer: ReviewGenerator, wanted: int, n: int) -> list[str]:
    """`n` samples from one call of transformers' `generate`, with the generator's own settings."""
    ids = writer.tokenizer(writer.prefix.ask(wanted), return_tensors="pt").to(writer.device)["input_ids"]
    settings, guided = writer.defaults, {}
    if settings.guidance != 1:
        bare = writer.tokenizer(writer.prefix.ask(None), return_tensors="pt").to(writer.device)["input_ids"]
        guided = {"guidance_scale": settings.guidance, "negative_prompt_ids": bare.repeat(n, 1)}
    found = writer.model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        do_sample=True,
        num_return_sequences=n,
        max_new_tokens=settings.max_tokens,
        temperature=settings.temperature,
        top_p=settings.top_p,
        min_p=settings.min_p or None,
        top_k=0,
        eos_token_id=writer.end,
        pad_token_id=writer.end,
        **guided,
    )
    return [
        clean(text)
        for text in writer.tokenizer.batch_decode(found[:, ids.shape[1] :], skip_special_tokens=True)
    ]


def _original(
    writer: ReviewGenerator, stars: StarClassifier, wanted: int, calls: list[int]
) -> Iterator[dict | None]:
    """The original loop; `calls` says how many samples each call of `generate` writes in a round."""
    pipe, numbers = _pipeline(stars), stars.model.config.label2id
    torch.manual_seed(SEED)
    while True:
        yield None
        for n in calls:
            for text in _ask(writer, wanted, n):
                right = numbers[pipe(text)[0]["label"]] + 1 == wanted
                yield {"right": right, "accepted": right}


def original_batched(writer: ReviewGenerator, stars: StarClassifier, wanted: int) -> Iterator[dict | None]:
    """Twenty samples from one call, classified one by one."""
    return _original(writer, stars, wanted, [ROUND])


def original_one_by_one(writer: ReviewGenerator, stars: StarClassifier, wanted: int) -> Iterator[dict | None]:
    """Twenty calls for a sample each, classified one by one."""
    return _original(writer, stars, wanted, [1] * ROUND)


def revdemo_loop(writer: ReviewGenerator, stars: StarClassifier, wanted: int) -> Iterator[dict | None]:
    """Our loop; it also rejects what is truncated, a duplicate, or states a score."""
    many = {"accepted": 100_000, "rounds": 100_000, "deadline": 86_400}
    request = Request(wanted, round_size=ROUND, at_once=AT_ONCE, seed=SEED, **many)
    number = 0
    for step in generate(request, writer, stars):
        if step.round != number:
            number = step.round
            yield None
        for review in step.new:
            yield {"right": review.predicted == wanted, "accepted": review.accepted}


CLASSIFIERS: dict[str, tuple[Callable, str]] = {  # what runs, and the setting `quantize`
    "transformers pipeline, one by one": (pipeline_one_by_one, "none"),
    "transformers pipeline, batches of 32": (pipeline_batched, "none"),
    "revdemo predict, float32": (revdemo_predict, "none"),
    "revdemo predict": (revdemo_predict, "auto"),
}
GENERATORS: dict[str, tuple[Callable, str]] = {
    "original loop, one by one": (original_one_by_one, "none"),
    "original loop, 20 in one call": (original_batched, "none"),
    "revdemo loop, float32": (revdemo_loop, "none"),
    "revdemo loop": (revdemo_loop, "auto"),
}


# --- measuring ----------------------------------------------------------------------------------------------


def measure_classifier(run: Callable, settings: Settings, options: argparse.Namespace) -> dict:
    """Seconds for all texts, after one pass over a few of them to warm up."""
    stars, texts = load_stars(settings), made_up_texts(options.texts)
    run(stars, texts[:4])
    began = time.perf_counter()
    run(stars, texts)
    return {"seconds": time.perf_counter() - began}


def measure_generator(run: Callable, settings: Settings, options: argparse.Namespace) -> dict:
    """What was judged in the time given, and the mean time from a round's start to the next right review.

    A round that began before the time was over is seen to its end, but at most for as long again.
    """
    writer, stars = load_generator(settings), load_stars(settings)
    _ask(writer, options.stars, 1)  # warms up
    began, starts, found = time.perf_counter(), [0.0], []
    for one in run(writer, stars, options.stars):
        now = time.perf_counter() - began
        if one is not None:
            found.append((now, one["right"], one["accepted"]))
        elif found:
            starts.append(found[-1][0])
        if now > 2 * options.seconds or (one is None and now > options.seconds):
            break
    rights = [at for at, right, _ in found if right]
    last = max(rights, default=0.0)
    waits = [next(at for at in rights if at > start) - start for start in starts if start < last]
    return {
        "seconds": found[-1][0],
        "judged": len(found),
        "right": len(rights),
        "accepted": sum(accepted for *_, accepted in found),
        "first": statistics.mean(waits) if waits else None,
    }


def measure_here(name: str, options: argparse.Namespace) -> dict:
    """Measure one line in this process, with its peak memory in MB."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    measure, cases = (
        (measure_classifier, CLASSIFIERS) if name in CLASSIFIERS else (measure_generator, GENERATORS)
    )
    run, quantize = cases[name]
    found = measure(run, load_settings().model_copy(update={"quantize": quantize}), options)
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kilobytes
    return found | {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6}


def measure_apart(name: str, options: argparse.Namespace) -> dict:
    """Measure one line in a process of its own."""
    print(f"measuring {name} ...", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "benchmarks.speed", "--case", name]
    for flag in ("texts", "seconds", "stars"):
        command += [f"--{flag}", str(getattr(options, flag))]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


# --- the tables ---------------------------------------------------------------------------------------------


def classification_table(options: argparse.Namespace) -> str:
    """Texts per second of each way, beside the first."""
    found = {name: measure_apart(name, options) for name in CLASSIFIERS}
    slowest = found[next(iter(CLASSIFIERS))]["seconds"]
    rows = [
        f"| {name} | {options.texts / one['seconds']:.1f} | {slowest / one['seconds']:.1f} × "
        f"| {one['peak']:,.0f} |"
        for name, one in found.items()
    ]
    head = (
        f"| classification of {options.texts} texts | texts per second | speed | peak MB |\n"
        "|---|---|---|---|\n"
    )
    return head + "\n".join(rows)


def generation_table(options: argparse.Namespace) -> str:
    """Reviews per minute of each loop; the original's rule is "right": the stars are those asked for."""
    found = {name: measure_apart(name, options) for name in GENERATORS}
    rows = []
    for name, one in found.items():
        minutes = one["seconds"] / 60
        first = "none" if one["first"] is None else f"{one['first']:.1f} s"
        rates = (one[key] / minutes for key in ("judged", "right", "accepted"))
        rows.append(
            f"| {name} | {first} | {' | '.join(f'{rate:.1f}' for rate in rates)} | {one['peak']:,.0f} |"
        )
    head = (
        f"| generation for {options.stars} stars | first right review | judged per minute | right per minute "
        "| accepted per minute | peak MB |\n|---|---|---|---|---|---|\n"
    )
    return head + "\n".join(rows)


def device() -> str:
    """The processor or GPU, as the tables name it."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f"CPU with {torch.backends.cpu.get_cpu_capability()}, {torch.get_num_threads()} threads"


def main() -> None:
    """Measure every line and print both tables, with the command and the machine."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", type=int, default=200, help="texts to classify (default: 200)")
    parser.add_argument("--seconds", type=float, default=45, help="least time for each loop (default: 45)")
    parser.add_argument("--stars", type=int, default=4, help="stars to ask for (default: 4)")
    parser.add_argument(
        "--case", choices=[*CLASSIFIERS, *GENERATORS], help="measure one line, in this process"
    )
    options = parser.parse_args()
    if options.case:
        print(json.dumps(measure_here(options.case, options)))
        return
    print(classification_table(options), generation_table(options), sep="\n\n")
    flags = f"--texts {options.texts} --seconds {options.seconds:g} --stars {options.stars}"
    print(f"\n`python -m benchmarks.speed {flags}`")
    print(
        f"({device()}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"torch {torch.__version__}, transformers {transformers.__version__})"
    )


if __name__ == "__main__":
    main()
