"""What is wrong with a body or a query, in words for whoever sent it."""

from pydantic import ValidationError


def complaints_of(trouble: ValidationError) -> str:
    """Name each wrong field; what was sent is not repeated."""
    return "; ".join(
        f"{'.'.join(map(str, error['loc'])) or 'body'}: {error['msg']}"
        for error in trouble.errors(include_url=False, include_context=False, include_input=False)
    )
