"""Secrets are looked up by digest or compared in constant time: nowhere by ``==``, which stops where they differ.

How long a comparison takes cannot be measured soundly in a test, so this reads the code.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("bots", "config", "core", "daemon", "http_api", "webhooks")
SECRET = re.compile(r"secret|token|signature|signed|verifier|challenge|guess|hashed|hexdigest|password")
NO_SECRETS = {
    ("core/model/text/markdown.py", "token['mark'] in _KINDS"): "a piece of text",
    ("core/subscribers/links.py", "token_of(*pair, seal) == link.token"): "a short name in a link that anybody has",
    ("daemon/commands/emulator.py", "bot.token in shown_tokens"): "the operator's own settings",
    ("daemon/commands/emulator.py", "bot.token.get_secret_value() not in named_tokens"): "the operator's own settings",
}


def names_in(node: ast.AST) -> Iterator[str]:
    """Go through the names that an expression is made of."""
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name


def plain_comparisons(file: Path) -> Iterator[str]:
    """Go through the comparisons of a file that take as long as their operands are alike, and name a secret."""
    for node in ast.walk(ast.parse(file.read_text())):
        if not isinstance(node, ast.Compare):
            continue
        is_plain = any(isinstance(each, ast.Eq | ast.NotEq | ast.In | ast.NotIn) for each in node.ops)
        if is_plain and any(SECRET.search(name) for name in names_in(node)):
            yield ast.unparse(node)


def test_no_secret_is_compared_letter_by_letter() -> None:
    """T21: headers, signatures, verifiers, one-time codes and paths, of every messenger and dialect."""
    found = {
        (str(file.relative_to(ROOT)), comparison)
        for package in PACKAGES
        for file in (ROOT / package).rglob("*.py")
        for comparison in plain_comparisons(file)
    }
    assert found == set(NO_SECRETS)
