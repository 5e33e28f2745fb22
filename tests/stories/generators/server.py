"""A site's server on a client that openapi-python-client made: two logins, a message, and a refusal.

It says which link and which button the visitor is to use, and goes on when it is told that they have.
"""

import json
import sys

from gatepost_client import AuthenticatedClient, Client
from gatepost_client.api.login import (
    get_v1_auth_session_session_id_status as ask_session,
)
from gatepost_client.api.login import post_v1_auth_session as start_session
from gatepost_client.api.login import post_v1_auth_verify as verify_code
from gatepost_client.api.logins_on_a_sites_pages import (
    get_api_v1_auth_session_session_id as poll_session,
)
from gatepost_client.api.logins_on_a_sites_pages import post_api_v1_auth_session as create_session
from gatepost_client.api.messages import post_v1_send as send
from gatepost_client.models import (
    CreateSession,
    ProjectError,
    RedeemedSession,
    SendAnswer,
    SendWish,
    SessionStarted,
    SessionStatus,
    StartedSession,
    StartSession,
    VerifiedUser,
    VerifyCode,
)
from gatepost_client.types import Unset


def main(address: str, app_id: str, key: str) -> None:
    """Log a visitor in on a page, then by a code; write to them, and to nobody."""
    page = Client(base_url=address, raise_on_unexpected_status=True)
    session = create_session.sync(client=page, body=CreateSession(app_id=app_id))
    assert isinstance(session, StartedSession)
    button = "Log in" if isinstance(session.match_number, Unset) else str(session.match_number)
    show(session.links["telegram"], button)
    redeemed = poll_session.sync(session.session_id, client=page)
    assert isinstance(redeemed, RedeemedSession)

    server = AuthenticatedClient(base_url=address, token=key, raise_on_unexpected_status=True)
    started = start_session.sync(client=server, body=StartSession())
    assert isinstance(started, SessionStarted)
    assert started.telegram_link is not None
    show(started.telegram_link, "Log in")
    status = ask_session.sync(started.session_id, client=server)
    assert isinstance(status, SessionStatus)
    assert isinstance(status.code, str)
    user = verify_code.sync(client=server, body=VerifyCode(code=status.code))
    assert isinstance(user, VerifiedUser)

    sent = send.sync(client=server, body=SendWish(subscriber_id=user.subscriber_id, text="Your tea is ready"))
    assert isinstance(sent, SendAnswer)
    refused = send.sync(client=server, body=SendWish(subscriber_id="nobody", text="Hello"))
    assert isinstance(refused, ProjectError)
    told = {"phone": redeemed.user.phone, "name": user.first_name, "refused": refused.code}
    print(json.dumps(told), flush=True)


def show(link: str, button: str) -> None:
    """Show a visitor the way in, and wait until somebody says that they went it."""
    print(json.dumps({"link": link, "button": button}), flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    main(*sys.argv[1:])
