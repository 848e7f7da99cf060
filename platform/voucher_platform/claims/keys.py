"""Names in the hot store. All keys of one script share a hash tag, so the same scripts run on a cluster.

Stock and persons carry the epoch in their name: what an earlier epoch, a lost rebuild or another installation left
behind can never be taken for the present state.
"""

import hashlib

SHARDS = 64


def shard_of(batch_number: int) -> int:
    """The shard, 0..63, that a batch lives in."""
    return batch_number % SHARDS


def meta_key(shard: int) -> str:
    """Hash: epoch and run id under which the shard is open."""
    return f"vl:{{s{shard}}}:meta"


def journal_key(shard: int) -> str:
    """Stream: every win that may not be in PostgreSQL yet."""
    return f"vl:{{s{shard}}}:journal"


def stock_key(batch_number: int, epoch: int) -> str:
    """Hash: cap, issued, seq and voided of a batch."""
    return f"vl:{{s{shard_of(batch_number)}}}:{epoch}:stock:{batch_number}"


def persons_key(batch_number: int, epoch: int) -> str:
    """Hash: person to the slots it has."""
    return f"vl:{{s{shard_of(batch_number)}}}:{epoch}:persons:{batch_number}"


def limits_shard_of(batch_number: int) -> int:
    """The shard of a batch's rate limits: not its own, so that on a cluster one busy batch keeps two nodes busy."""
    return (batch_number + SHARDS // 2) % SHARDS


def limit_key(shard: int, batch_number: int, kind: str) -> str:
    """String: the state of a rate limit. What follows names the person, device or address."""
    return f"vl:{{s{shard}}}:limit:{batch_number}:{kind}:"


def request_id(account_id: str, claim_key: str) -> bytes:
    """Eight bytes that name a claim of one account under one idempotency key in the hot store."""
    return hashlib.sha256(f"{account_id}\n{claim_key}".encode()).digest()[:8]
