"""Deployment to a Hugging Face Space: the files that git tracks, hardware, variables and secrets.

    python -m deploy.space owner/name --dry-run
    python -m deploy.space owner/name --variable FUNAUDIO_TIER=full --secrets secrets.env

The token is the one of `hf auth login`.
"""

from __future__ import annotations

import argparse
import glob
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huggingface_hub import HfApi

ROOT = Path(__file__).parent.parent
HARDWARE = "zero-a10g"  # the hub's name for ZeroGPU, whatever cards it has
_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_REPO = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Plan:
    """Desired state of a Space.

    Attributes:
        repo: "owner/name".
        root: Folder of the files.
        files: Paths relative to `root`.
        hardware: The hub's name of the hardware.
        private: Whether a new Space is private.
        variables: Public environment variables.
        secrets: Secret environment variables, which are never printed.
    """

    repo: str
    root: Path
    files: tuple[str, ...]
    hardware: str = HARDWARE
    private: bool = False
    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Step:
    """Action of a deployment.

    Attributes:
        description: Words for the output.
        run: Call of the hub.
    """

    description: str
    run: Callable[[HfApi], object]


def steps(plan: Plan) -> list[Step]:
    """Return the steps that bring the Space to the plan, whether it exists or not, in order.

    Settings come before the files, so that the first build has them; files that were deleted here are deleted there.
    """
    size = sum((plan.root / name).stat().st_size for name in plan.files) / 1e6
    result = [
        Step(
            f"create the {'private' if plan.private else 'public'} Space {plan.repo} on {plan.hardware} if it is new",
            lambda api: api.create_repo(
                plan.repo,
                repo_type="space",
                space_sdk="gradio",
                space_hardware=plan.hardware,  # type: ignore[arg-type]
                private=plan.private,
                exist_ok=True,
            ),
        )
    ]
    for name, value in plan.variables.items():
        result.append(Step(f"set the variable {name}={value}", _add_variable(plan.repo, name, value)))
    for name, value in plan.secrets.items():
        result.append(Step(f"set the secret {name}", _add_secret(plan.repo, name, value)))
    result.append(
        Step(
            f"upload {len(plan.files)} files ({size:.1f} MB) and delete all others there",
            lambda api: api.upload_folder(
                repo_id=plan.repo,
                repo_type="space",
                folder_path=plan.root,
                allow_patterns=[glob.escape(name) for name in plan.files],
                delete_patterns=["*"],
                commit_message="Update from the repository",
            ),
        )
    )
    result.append(Step(f"request {plan.hardware} unless it is already set", lambda api: _request_hardware(api, plan)))
    return result


def _add_variable(repo: str, name: str, value: str) -> Callable[[HfApi], object]:
    return lambda api: api.add_space_variable(repo, name, value)


def _add_secret(repo: str, name: str, value: str) -> Callable[[HfApi], object]:
    return lambda api: api.add_space_secret(repo, name, value)


def _request_hardware(api: HfApi, plan: Plan) -> None:
    """Request the hardware unless the Space has it, because every request restarts the Space."""
    if api.get_space_runtime(plan.repo).requested_hardware != plan.hardware:
        api.request_space_hardware(plan.repo, plan.hardware)  # type: ignore[arg-type]


def tracked_files(root: Path) -> tuple[str, ...]:
    """Return the files that git tracks below `root`, as relative paths.

    Raises:
        SystemExit: Tracked files have uncommitted changes.
    """
    changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    if changed:
        sys.exit(f"{len(changed)} files differ from the last commit, such as {changed[0][3:]}. Commit them first.")
    return tuple(_git(root, "ls-files"))


def _git(root: Path, *command: str) -> list[str]:
    result = subprocess.run(["git", *command, "-z"], cwd=root, capture_output=True, text=True, check=True)
    return [line for line in result.stdout.split("\0") if line]


def parse_variables(lines: Sequence[str], where: str) -> dict[str, str]:
    """Return NAME=VALUE lines as a dictionary, without empty lines and comments (#).

    Args:
        lines: The lines.
        where: Description of the source for error messages, which come before the line number.

    Raises:
        SystemExit: A line is not of that form; the message leaves the line out, which may be a secret.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, sign, value = line.strip().partition("=")
        if not sign or not _NAME.fullmatch(name):
            sys.exit(f"{where} {number} isn't of the form NAME=VALUE.")
        found[name] = value
    return found


def main(argv: Sequence[str]) -> None:
    """Create or update a Space; with --dry-run, only print the steps and make no request."""
    parser = argparse.ArgumentParser(prog="python -m deploy.space", description="Create or update a Space.")
    parser.add_argument("repo", help="owner/name")
    parser.add_argument("--hardware", default=HARDWARE, help=f"default {HARDWARE}, which is ZeroGPU")
    parser.add_argument("--private", action="store_true", help="make a new Space private")
    parser.add_argument("--variable", action="append", default=[], metavar="NAME=VALUE", help="public")
    parser.add_argument(
        "--secrets", type=Path, metavar="FILE", help="file of NAME=VALUE lines, visible only to the app"
    )
    parser.add_argument("--dry-run", action="store_true", help="only print the steps")
    arguments = parser.parse_args(argv)
    if not _REPO.fullmatch(arguments.repo):
        sys.exit(f"{arguments.repo!r} isn't a Space name. Write it as owner/name.")
    secrets = arguments.secrets.read_text(encoding="utf-8").splitlines() if arguments.secrets else []
    plan = Plan(
        repo=arguments.repo,
        root=ROOT,
        files=tracked_files(ROOT),
        hardware=arguments.hardware,
        private=arguments.private,
        variables=parse_variables(arguments.variable, "--variable"),
        secrets=parse_variables(secrets, f"{arguments.secrets}: line"),
    )
    api = None
    if not arguments.dry_run:
        from huggingface_hub import HfApi

        api = HfApi()
    for step in steps(plan):
        print(f"{'would ' if api is None else ''}{step.description}")
        if api is not None:
            step.run(api)
    if api is not None:
        print(f"https://huggingface.co/spaces/{plan.repo}")


if __name__ == "__main__":
    main(sys.argv[1:])
