"""What is claimed: batches named, batches found live at the target, or one put up by two officers for the test."""

import json
import secrets
from datetime import timedelta
from pathlib import Path

import gevent
from geventhttpclient import HTTPClient
from pydantic import BaseModel

from loadtest.wires import Answer, CannotStart, must
from voucher_contract import routes
from voucher_contract.models import campaigns as c
from voucher_contract.models.system import SandboxClock, Session, SessionSpec
from voucher_contract.operations.request import call
from voucher_contract.routes import Route

_FACE_FEN, _THRESHOLD_FEN = 1_000, 5_000
_OPENS_IN_S = 2


class Office:
    """The staff of a file, signed in at the target when first needed."""

    def __init__(self, client: HTTPClient, staff_file: Path) -> None:
        self._client, self._tokens = client, dict[str, str]()
        try:
            self._staff = json.loads(staff_file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CannotStart(f"{staff_file} is not a staff file: {error}") from error

    def token(self, role: str, nth: int = 0) -> str:
        """The token of the ``nth`` member with a role. Raises CannotStart."""
        logins = [one for one in self._staff if one["role"] == role]
        if nth >= len(logins):
            raise CannotStart(f"the staff file needs {nth + 1} of role {role}")
        name = logins[nth]["login"]
        if name not in self._tokens:
            spec = SessionSpec(login=name, password=logins[nth]["password"])
            session = must(self._client, routes.SIGN_IN, call(routes.SIGN_IN, body=spec), Session)
            self._tokens[name] = session.token
        return self._tokens[name]

    def do(
        self, route: Route, answer: type[Answer], body: BaseModel | None = None, role: str = "bureau", nth: int = 0,
        **path_values: str,
    ) -> Answer:  # fmt: skip
        """One operation by that member. Raises CannotStart."""
        key = f"load-{secrets.token_hex(12)}" if route.keyed else None
        headers: dict[str, str] = {}
        request = call(
            route, token=self.token(role, nth), key=key, body=body, query=None, headers=headers, **path_values
        )
        return must(self._client, route, request, answer)


def put_up_batch(office: Office, quota: int) -> str:
    """A campaign with one published batch of ``quota``, open by the time this returns. Its id. Raises CannotStart."""
    campaign = office.do(
        routes.CREATE_CAMPAIGN,
        c.Campaign,
        c.CampaignSpec(name="压力测试", paying_account="LOAD-1", designated_account="LOAD-1"),
    )
    deposit = c.DepositSpec(amount_fen=quota * _FACE_FEN, bank_reference=f"load-{campaign.id}")
    office.do(routes.DEPOSIT, c.Deposit, deposit, campaign_id=campaign.id)
    made = office.do(routes.CREATE_ROUND, c.Round, c.RoundSpec(name="压测轮"), campaign_id=campaign.id)
    batch = office.do(routes.CREATE_BATCH, c.Batch, _spec(office, quota), round_id=made.id)
    office.do(routes.SUBMIT_ROUND, c.Round, round_id=made.id)
    office.do(routes.APPROVE_ROUND, c.Round, nth=1, round_id=made.id)
    office.do(routes.PUBLISH_ROUND, c.Round, round_id=made.id)
    gevent.sleep(_OPENS_IN_S + 1)
    return batch.id


def _spec(office: Office, quota: int) -> c.BatchSpec:
    now = office.do(routes.GET_CLOCK, SandboxClock, role="operator").now
    opens = now + timedelta(seconds=_OPENS_IN_S)
    return c.BatchSpec(
        name="压测券", face_fen=_FACE_FEN, threshold_fen=_THRESHOLD_FEN, quota=quota, categories=["catering"],
        claim_opens_at=opens, claim_closes_at=opens + timedelta(days=1), valid_from=opens,
        valid_until=opens + timedelta(days=2), per_person_limit=1,
    )  # fmt: skip


def find_batches(client: HTTPClient, token: str) -> list[str]:
    """Batches that can be claimed now, as a citizen sees them."""
    page = must(client, routes.LIST_BATCHES, call(routes.LIST_BATCHES, token=token), c.BatchPage)
    return [
        batch.id
        for batch in page.items
        if batch.state == "live" and batch.claim_opens_at <= page.server_time < batch.claim_closes_at
    ]
