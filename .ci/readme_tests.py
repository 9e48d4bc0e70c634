"""Runs the README's test command in a fresh environment, in a copy of the tree, and ends with its exit code.

``.ci/run --show`` prints the command. The copy holds what git tracks and what is new and not ignored, so that neither an
environment nor a build of this checkout can take part.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(arguments):
    """The exit code of the tests; their closing line is the last thing printed."""
    command = test_command((ROOT / "README.md").read_text(encoding="utf-8"))
    if "--show" in arguments:
        print(command)
        return 0
    with tempfile.TemporaryDirectory(prefix="planner-ci-") as folder:
        copy_tree(ROOT, Path(folder))
        print(f"$ {command}", flush=True)
        return subprocess.run(["sh", "-c", command], cwd=folder).returncode


def test_command(readme):
    """The one command in a shell block of the README that runs pytest."""
    blocks = re.findall(r"^```sh\n(.*?)\n```$", readme, re.DOTALL | re.MULTILINE)
    found = [block for block in blocks if "pytest" in block]
    if len(found) != 1:
        sys.exit(f".ci/run: README.md has {len(found)} commands that run pytest; it needs exactly one")
    return found[0]


def copy_tree(source, target):
    """Copies tracked and new files, links as links; everything but the usual leftovers where there is no git."""
    listed = subprocess.run(
        ["git", "-C", str(source), "ls-files", "-z", "--cached", "--others", "--exclude-standard"], capture_output=True
    )
    if listed.returncode != 0:
        leftovers = shutil.ignore_patterns(".venv", ".git", "build", "*.egg-info", "__pycache__", ".pytest_cache")
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True, ignore=leftovers)
        return
    for name in filter(None, listed.stdout.decode().split("\0")):
        one = source / name
        if one.is_symlink() or one.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(one, target / name, follow_symlinks=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
