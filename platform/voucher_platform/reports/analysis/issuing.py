"""What is said of issuing: how much was taken of what was offered, by how many, how fast, and what expired."""

from datetime import datetime

from voucher_platform.reports.analysis.figures import Book, Figure
from voucher_platform.reports.analysis.saying import Said, say
from voucher_platform.reports.analysis.thin import too_few


def write_issuing(book: Book) -> list[Said]:
    """Sentences on issuing; where nobody has claimed, that and nothing else."""
    issued = book.indicator("issued_vouchers")
    said = say(
        "issuing", "本轮共投放消费券 {released}，金额 {money}。",
        "{released} worth {money} were offered in this round.",
        released=book.indicator("released_vouchers"), money=book.indicator("released_fen"),
    )  # fmt: skip
    if issued is None or issued.number == 0:
        return said + say(
            "issuing", "截至报告生成时，尚无人领取。", "Nobody had claimed any when this report was made."
        )
    return said + _taken(book, issued) + _people(book) + _speed(book) + _batches(book) + _gone(book)


def _taken(book: Book, issued: Figure) -> list[Said]:
    left = book.counted(
        "remaining_vouchers", ("尚未领取张数", "Vouchers not claimed yet"), "vouchers",
        sum(batch.remaining for batch in book.report.batches),
        ("各券种 quota − issued + voided 之和", "Σ quota − issued + voided over the batches"),
    )  # fmt: skip
    return say(
        "issuing", "累计领取 {issued}，面额合计 {money}，占投放张数的 {rate}；尚余 {left} 未领。",
        "{issued} with a face value of {money} were claimed in all, {rate} of those offered; {left} are left.",
        issued=issued, money=book.indicator("issued_fen"), rate=book.indicator("claim_rate"), left=left,
    ) + _voided(book, issued)  # fmt: skip


def _voided(book: Book, issued: Figure) -> list[Said]:
    """A voided voucher's place is claimed again, so claims may outnumber the offer: said beside them, with the net."""
    voided = book.indicator("voided_vouchers")
    if voided is None or voided.number == 0:
        return []
    net = book.difference("net_issued_vouchers", ("有效领取张数", "Claimed and not voided"), issued, voided)
    money = book.counted(
        "net_issued_fen", ("有效领取金额", "Amount claimed and not voided"), "fen",
        sum((batch.issued - batch.voided) * batch.face_fen for batch in book.report.batches),
        ("各券种（issued − voided）× face_fen 之和", "Σ (issued − voided) × face_fen over the batches"),
    )  # fmt: skip
    rate = book.share(
        "net_claim_rate", ("有效领取占投放", "Claimed and not voided, of those offered"), net,
        book.indicator("released_vouchers"),
    )  # fmt: skip
    return say(
        "issuing",
        "其中 {voided} 领取后被作废，名额退回后可以补发，所以累计领取可大于投放，不是超发；扣除作废后有效领取 {net}，"
        "面额合计 {money}，占投放张数的 {rate}。",
        "Of these {voided} had to be voided. Their places may be claimed again, so claims may outnumber the offer"
        " without anything issued beyond it; without them {net} worth {money} are claimed, {rate} of those offered.",
        voided=voided, net=net, money=money, rate=rate,
    )  # fmt: skip


def _people(book: Book) -> list[Said]:
    seekers, claimants = book.indicator("seekers"), book.indicator("claimants")
    return say(
        "issuing", "参与抢券 {seekers}，其中 {claimants} 抢到，按人计成功率为 {rate}；抢到的人平均每人领取 {each} 张。",
        "{seekers} tried and {claimants} got a voucher, a success rate by person of {rate}; those who did got"
        " {each} each on average.",
        seekers=seekers, claimants=claimants, rate=book.indicator("seeker_success_rate"),
        each=book.indicator("vouchers_per_claimant"),
    ) + too_few("issuing", seekers)  # fmt: skip


def _speed(book: Book) -> list[Said]:
    claims, formula = (
        book.report.claims,
        ("voucher.claimed_at 减最早一张的 claimed_at", "voucher.claimed_at − the first"),
    )
    first = book.counted(
        "first_claim_at", ("首张领取时间", "First claim"), "moment", _at(book, claims.first_at),
        ("voucher.claimed_at 的最小值", "the least voucher.claimed_at"),
    )  # fmt: skip
    half = book.counted(
        "half_claimed_s", ("半数领完用时", "Half were claimed after"), "seconds", claims.half_s, formula
    )
    every = book.counted(
        "all_claimed_s", ("末张领取距首张", "The last was claimed after"), "seconds", claims.all_s, formula
    )
    return say(
        "issuing", "首张券于 {first} 领出，此后 {half} 内领出半数，最后一张在 {every} 后领出。",
        "The first was claimed at {first}; half were gone {half} later, and the last was claimed {every} after the"
        " first.",
        first=first, half=half, every=every,
    )  # fmt: skip


def _at(book: Book, moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(book.report.generated_at.tzinfo).isoformat()


def _batches(book: Book) -> list[Said]:
    """Which batches are sold out, and which was taken least."""
    gone = [batch for batch in book.report.batches if batch.remaining == 0]
    all_of_them = book.counted(
        "batches",
        ("券种数", "Batches"),
        "batches",
        len(book.report.batches),
        ("本轮的 batch 数", "batches of the round"),
    )
    sold_out = book.counted(
        "batches_sold_out", ("已领完的券种数", "Batches sold out"), "batches", len(gone),
        ("remaining 为零的 batch 数", "batches whose remaining is zero"),
    )  # fmt: skip
    said = say(
        "issuing", "全部 {count}中，已领完 {gone}。", "Of {count}, {gone} sold out.", count=all_of_them, gone=sold_out
    )
    rates = [(row, rate) for row in book.rows("batch") if (rate := book.indicator("claim_rate", "batch", row.key))]
    if len(rates) < 2:
        return said
    row, least = min(rates, key=lambda one: one[1].number)
    if least.number >= 1:
        return said
    return said + say(
        "issuing", "领取率最低的券种是“{name}”，为 {rate}。", "The batch claimed least is “{name}”, with {rate}.",
        names={"name": (row.label_zh, row.label_en)}, rate=least,
    )  # fmt: skip


def _gone(book: Book) -> list[Said]:
    expired = book.indicator("expired_vouchers")
    if expired is None or expired.number == 0:
        return []
    share = book.share(
        "expired_share", ("过期张数占已领取", "Expired, of issued"), expired, book.indicator("issued_vouchers")
    )
    return say(
        "issuing", "已领取的券中有 {expired} 过期未用，金额 {money}，占已领取的 {share}。",
        "Of those claimed {expired} expired unused, worth {money}, {share} of those claimed.",
        expired=expired, money=book.indicator("expired_fen"), share=share,
    )  # fmt: skip
