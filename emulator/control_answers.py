"""What the control API's handlers share: reading bodies and queries, and saying what went wrong."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from emulator.errors import ImpossibleError

Body = TypeVar("Body", bound=BaseModel)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LONGEST_WAIT_SECONDS = 60.0


def problem(status: int, code: str, message: str) -> web.Response:
    """Say no: a stable code for machines and a sentence for people."""
    return web.json_response({"error": code, "message": message}, status=status)


async def read_body(request: web.Request, shape: type[Body]) -> Body:
    """Read the JSON body of a request; an empty one has no fields."""
    return shape.model_validate_json(await request.read() or b"{}")


def query_number(request: web.Request, name: str, otherwise: float | None = None) -> float:
    """Read a number from the query string; a missing one is `otherwise`, or refused when that is None."""
    given = request.query.get(name)
    if given is None and otherwise is not None:
        return otherwise
    try:
        return float(given or "")
    except ValueError:
        raise ImpossibleError("bad_request", f"The query needs a number {name}.") from None


def query_wait(request: web.Request) -> float:
    """Read how many seconds the caller is ready to wait, at most a minute."""
    return min(max(query_number(request, "wait", 0.0), 0.0), LONGEST_WAIT_SECONDS)


@web.middleware
async def in_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what handlers raise into clear answers."""
    try:
        return await handler(request)
    except ImpossibleError as error:
        if error.code.startswith("no_such_"):
            return problem(404, error.code, str(error))
        return problem(400 if error.code.startswith("bad_") else 409, error.code, str(error))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}" for each in error.errors())
        return problem(400, "bad_request", wrong)
    except web.HTTPNotFound:
        return problem(404, "no_such_route", "There is no such route.")
    except web.HTTPMethodNotAllowed:
        return problem(405, "method_not_allowed", "This route does not take this method.")
