"""Take each defence out of a copy of the checkout, run the tests named for it, and tell whether they noticed.

``python -m tests.defences`` goes through all of them, ``python -m tests.defences T9 T35`` through those of some
threats. First all named tests run as the checkout stands: a test that fails anyway proves nothing. Ends with status 1
if a defence could go unnoticed.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from tests.defences.listed import ROOT, Defence, listed

_SECONDS: Final = 180
"""How long the tests of one defence may take: a test that hangs without it tells nobody what is wrong."""
_PATIENCE: Final = "20"
"""How long they wait for something to happen, in seconds; as the checkout stands they have to be as quick."""
_WHOLE_SECONDS: Final = 900


@dataclass(frozen=True, slots=True)
class Outcome:
    """How tests ended: how many of each name passed, failed or could not be run; ``None`` = not in time."""

    passed: Counter[str]
    failed: Counter[str]
    broken: Counter[str]


def main(wanted: Sequence[str]) -> int:
    """Go through the defences of the wanted threats, all if there are none, and return the exit status."""
    defences = [each for each in listed() if not wanted or f"T{each.threat}" in wanted]
    if not defences:
        print("no defence against that is listed: name threats as T9 T35")
        return 1
    tests = sorted({test for each in defences for test in each.tests})
    workers = os.cpu_count() or 1
    with copied() as root:
        whole = run(root, tests, _WHOLE_SECONDS, workers)
    complaints = [f"{test}: does not pass as it stands" for test in tests if whole is None or not _passes(whole, test)]
    if complaints:
        print(*complaints, sep="\n")
        return 1
    print(f"nothing taken out: {len(tests)} tests pass", flush=True)
    with ThreadPoolExecutor(workers) as pool:
        complaints = [complaint for complaint in pool.map(_tried, defences) if complaint]
    print(f"{len(defences) - len(complaints)} of {len(defences)} defences are missed when they are gone")
    return 1 if complaints else 0


def _tried(defence: Defence) -> str:
    """Take one defence out, print what came of it, and return why that is not right; empty if it is."""
    complaint = try_without(defence)
    print(f"{'NOT NOTICED' if complaint else 'noticed'}  {defence.title}  {complaint}".rstrip(), flush=True)
    return complaint


def try_without(defence: Defence) -> str:
    """Run the tests of a defence without it, and return which of them did not notice; empty if all did."""
    with copied() as root:
        defence.remove(root)
        outcome = run(root, defence.tests, _SECONDS)
    if outcome is None:
        return f"not done in {_SECONDS} seconds"
    unmoved = [test for test in defence.tests if not outcome.failed[test]]
    return "; ".join(f"{test} {'broke' if outcome.broken[test] else 'passed'}" for test in unmoved)


@contextmanager
def copied() -> Iterator[Path]:
    """Copy the checkout as it stands, with what is not committed yet, for as long as it is needed.

    What Python has compiled comes along, which it knows to be of the copied files by their times; so a copy starts at
    once.
    """
    names = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    with tempfile.TemporaryDirectory(prefix="defence-", ignore_cleanup_errors=True) as folder:
        root = Path(folder) / "checkout"
        for name in filter(None, names):
            if (ROOT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, root / name)
        for compiled in {Path(name).parent / "__pycache__" for name in names if name.endswith(".py")}:
            if (ROOT / compiled).is_dir():
                shutil.copytree(ROOT / compiled, root / compiled)
        yield root


def run(root: Path, tests: Sequence[str], seconds: float, workers: int = 0) -> Outcome | None:
    """Run tests in a copy, and return how they ended; ``None`` if they were not done in ``seconds``."""
    report = root.parent / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--numprocesses", str(workers)]
    options = [f"--junitxml={report}", f"--basetemp={root.parent / 'scratch'}"]
    process = subprocess.Popen(
        [*command, *options, *(f"tests/{test}" for test in tests)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "PATIENCE_SECONDS": _PATIENCE},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        _end(process)
    return _read(report)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the tests with all that they started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


def _read(report: Path) -> Outcome:
    """Read pytest's report; a test with parameters, or on each messenger, has several cases of one name."""
    outcome = Outcome(Counter(), Counter(), Counter())
    if not report.exists():
        return outcome
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it just now
        name = _name_of(case.get("classname", ""), case.get("name", ""))
        if case.find("failure") is not None:
            outcome.failed[name] += 1
        elif case.find("error") is not None:
            outcome.broken[name] += 1
        elif case.find("skipped") is None:
            outcome.passed[name] += 1
    return outcome


def _name_of(module: str, case: str) -> str:
    """Return a case's name as the list has it: ``tests.core.test_seal``, ``test_it[a]`` as ``core/test_seal.py::…``."""
    return f"{module.removeprefix('tests.').replace('.', '/')}.py::{case.partition('[')[0]}"


def _passes(outcome: Outcome, test: str) -> bool:
    return bool(outcome.passed[test]) and not outcome.failed[test] and not outcome.broken[test]


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S607


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
