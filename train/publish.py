"""Publish on the Hugging Face Hub: trained models, data sets and the app as a Space, each with its card.

    python -m train.publish models --to OWNER/NAME [--role stars] [--merged]
    python -m train.publish dataset --to OWNER/NAME --folder balanced/    # or --run ID, a run of the ledger
    python -m train.publish space --to OWNER/NAME [--stars-model OWNER/NAME@COMMIT]

--dry-run lists every file and shows the card, and needs neither a network nor a token. The token comes from
`hf auth login` or HF_TOKEN. What is there already is not pushed again; a push that was cut resumes when it is
made again.

One repository holds one model, as transformers and PEFT expect: with --role it is OWNER/NAME, without it each
role has its own, OWNER/NAME-stars and so on. --merged pushes the adapter merged into its base, an ordinary
model, instead of the adapter.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from revdemo.cli.common import INTERRUPTED, add_settings
from revdemo.errors import RevdemoError
from revdemo.files import METRICS
from revdemo.hub import push
from revdemo.hub.data_repos import Package
from revdemo.settings import Settings, from_arguments
from train.publishing import model_repos


def deliver(package: Package, args: argparse.Namespace) -> None:
    """Push a package, or show it."""
    if args.dry_run:
        _show(package)
        return
    pushed = push.push(
        package.files,
        package.name,
        package.kind,
        package.message,
        private=args.private,
        replaces=package.replaces,
    )
    if pushed.is_new:
        total = sum(push.size(package.files[path]) for path in pushed.changed)
        gone = f", {len(pushed.removed)} removed" if pushed.removed else ""
        print(
            f"{package.name}: {len(pushed.changed)} files ({total:,} bytes){gone} in commit {pushed.revision}"
        )
    else:
        print(f"{package.name}: nothing has changed since commit {pushed.revision}; nothing pushed")
    for name in push.set_variables(package.name, package.variables) if package.variables else ():
        print(f"{package.name}: {name} = {package.variables[name]}")
    print(pushed.url)
    if package.use:
        print(f"Use it: {package.use.format(revision=pushed.revision)}")


def _show(package: Package) -> None:
    print(f"{package.kind} {package.name}: nothing is pushed; these files would be")
    for path, content in package.files.items():
        print(f"{push.size(content):>14,}  {path}")
    print(f"{sum(map(push.size, package.files.values())):>14,}  in {len(package.files)} files")
    for name, value in package.variables.items():
        print(f"variable {name} = {value}")
    print(f"\n{package.card}")


def publish(args: argparse.Namespace, settings: Settings) -> None:
    """Do what the command line asks for."""
    if args.what == "models":
        for source in model_repos.find_models(args, settings):
            name = args.to if args.role else f"{args.to}-{source.role}"
            with model_repos.model_package(source, name, args, settings) as package:
                deliver(package, args)
    elif args.what == "dataset":
        with model_repos.dataset_package(args, settings) as package:
            deliver(package, args)
    else:
        deliver(model_repos.space_package(args), args)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train.publish",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="what", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--to", required=True, metavar="OWNER/NAME", help="the repository; it is made if there is none"
    )
    common.add_argument("--private", action="store_true", help="make the repository private")
    common.add_argument(
        "--dry-run", action="store_true", help="list the files and show the card; push nothing"
    )
    _add_models(commands.add_parser("models", parents=[common], help="adapters or merged weights"))
    _add_dataset(commands.add_parser("dataset", parents=[common], help="a run, or a balanced table"))
    _add_space(commands.add_parser("space", parents=[common], help="the app"))
    return parser


def _add_models(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--role", choices=model_repos.ROLES, help="which model (default: all, each in its own repository)"
    )
    command.add_argument(
        "--from", dest="folder", type=Path, metavar="FOLDER", help="its folder (default: as found)"
    )
    command.add_argument("--merged", action="store_true", help="push the weights merged into their base")
    command.add_argument(
        "--license", help="of the weights (default: the project's for its own, else unknown)"
    )
    command.add_argument("--training-data", metavar="TEXT", help="what it learned from, and its terms")
    command.add_argument(
        "--metrics",
        type=Path,
        default=METRICS,
        metavar="FOLDER",
        help="what train.evaluate wrote (default: assets/metrics)",
    )
    add_settings(command, ("cache",))


def _add_dataset(command: argparse.ArgumentParser) -> None:
    which = command.add_mutually_exclusive_group(required=True)
    which.add_argument("--run", metavar="ID", help="a run of the ledger that has ended")
    which.add_argument("--folder", type=Path, help="a folder that python -m revdemo balance wrote")
    command.add_argument("--license", help="under which it may be used (default: unknown)")
    add_settings(command, ("data_dir",))


def _add_space(command: argparse.ArgumentParser) -> None:
    for name in model_repos.SPACE_SETTINGS:
        command.add_argument(f"--{name.replace('_', '-')}", dest=f"space_{name}", metavar="OWNER/NAME@COMMIT",
                             help="a published model that it uses (default: its own)")  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    """Publish by the command line; a user's mistake is one line and status 2."""
    args = _parser().parse_args(argv)
    os.environ.setdefault(
        "TRANSFORMERS_VERBOSITY", "error"
    )  # no report of an adapter's base without its head
    try:
        publish(args, from_arguments(args))
    except RevdemoError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("error: interrupted; the same command resumes it.", file=sys.stderr)
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
