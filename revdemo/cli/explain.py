"""`python -m revdemo explain`: the words that push the stars of a text up or down."""

import argparse

from revdemo import api
from revdemo.cli.common import MODEL_SETTINGS, Subcommands, add_settings
from revdemo.reviews import clean
from revdemo.settings import Settings


def add(commands: Subcommands) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "explain", help="say which words push the stars of a text up or down", allow_abbrev=False,
        description="Print how many stars each word of a text moves the expected stars by, the strongest "
        "first; then, for a text of several sentences, the stars of each one alone.",
    )  # fmt: skip
    command.add_argument("--text", required=True, metavar="TEXT", help="the text")
    add_settings(command, MODEL_SETTINGS)
    command.set_defaults(run=_explain)


def _explain(options: argparse.Namespace, settings: Settings) -> int:
    from revdemo.evaluation import explain  # heavy imports wait until the arguments are known to be good

    classifier = api.load_stars(settings)
    text = clean(options.text)
    found = explain.explain(classifier, text)
    print(
        f"expected stars {found.expected:.2f}, without any word {found.baseline:.2f}; the shares leave "
        f"{found.remainder:+.2f}"
    )
    for word in found.strongest(len(found.words)):
        print(f"{word.share:+.3f}\t{word.text}")
    sentences = explain.sentences(classifier, text)
    if len(sentences) > 1:
        print("\nstars and confidence of each sentence alone")
        for one in sentences:
            print(one.stars, f"{one.confidence:.2f}", one.text, sep="\t")
    return 0
