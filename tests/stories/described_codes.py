"""A check for schemathesis: a refusal has one of the codes that the description's examples have under its status."""

from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, Response


@schemathesis.check
def described_codes(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """Raise unless the code is described; what is no refusal has none."""
    del ctx
    described = case.operation.definition.raw["responses"].get(str(response.status_code), {})
    examples = described.get("content", {}).get("application/json", {}).get("examples")
    if examples is not None:
        told = response.json()
        code = told.get("code", told.get("error"))
        assert code in examples, f"{code} is not among {', '.join(examples)}"
