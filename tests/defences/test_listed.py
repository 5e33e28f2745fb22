"""The list of defences cannot rot: what it would take out is there, and so are the tests that must notice."""

import ast
import re
from collections.abc import Mapping
from functools import cache

import pytest

from tests.defences.listed import ROOT, listed

DEFENCES = listed()
THREATS = range(1, 41)
ROW = re.compile(r"^\| T(\d+) \|(.*)\|(.*)\|(.*)\|$", re.MULTILINE)
TEST = re.compile(r"`((?:\w+/)*test_\w+\.py)`")
TO_COME = "not built yet"


@cache
def rows() -> Mapping[int, tuple[str, frozenset[str]]]:
    """Read the table of ``docs/security.md``: what it says is done against each threat, and the tests that hold it."""
    found = ROW.findall((ROOT / "docs/security.md").read_text())
    return {int(number): (does.strip(), frozenset(TEST.findall(held))) for number, _, does, held in found}


@cache
def names_of_tests(file: str) -> frozenset[str]:
    """List the tests that a file below ``tests/`` has."""
    parsed = ast.parse((ROOT / "tests" / file).read_text())
    return frozenset(each.name for each in parsed.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))


def test_what_would_be_taken_out_is_there_once() -> None:
    """And what is left without it is a program still, so that tests fail for want of the defence and nothing else."""
    for defence in DEFENCES:
        compile(defence.without((ROOT / defence.file).read_text()), defence.title, "exec")


def test_the_tests_that_must_notice_are_there() -> None:
    """Each defence names some, by their files and themselves."""
    assert [defence.title for defence in DEFENCES if not defence.tests] == []
    named = [test.split("::") for defence in DEFENCES for test in defence.tests]
    assert ["::".join(test) for test in named if test[1] not in names_of_tests(test[0])] == []


def test_every_threat_has_its_row() -> None:
    """``docs/security.md`` leaves no number out."""
    assert list(rows()) == list(THREATS)


@pytest.mark.parametrize("threat", THREATS)
def test_the_table_names_the_tests_that_were_found_to_notice(threat: int) -> None:
    """What is built names all tests of its defences and no other; what is not built says so."""
    does, named = rows()[threat]
    found = {test.split("::")[0] for each in DEFENCES if each.threat == threat for test in each.tests}
    assert named == found
    assert bool(found) is not does.lower().startswith(TO_COME)
