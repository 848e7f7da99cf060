"""What is said of refusals and of the service: why people got nothing, who was turned away, what officers did."""

from voucher_contract.models.round_report import OutcomeCount
from voucher_platform.reports.analysis.figures import Book, Figure
from voucher_platform.reports.analysis.saying import Said, say


def outcome_figure(one: OutcomeCount) -> Figure:
    """How many attempts ended with one outcome."""
    formula = f"Σ claim_attempt_count.attempts, outcome = {one.code}"
    return Figure(f"outcome.{one.code}", (one.title_zh, one.title_en), "attempts", one.attempts, (formula, formula))


def write_refusals(book: Book) -> list[Said]:
    """Sentences on how attempts to claim ended."""
    attempts = book.indicator("claim_attempts")
    if attempts is None or attempts.number == 0:
        return []
    refused = [one for one in book.report.outcomes if one.kind == "refused" and one.attempts]
    together = book.counted(
        "refused_attempts", ("按规则被拒次数", "Refused by a rule"), "attempts", sum(one.attempts for one in refused),
        ("按规则拒绝的 claim_attempt_count.attempts 合计", "Σ claim_attempt_count.attempts refused by a rule"),
    )  # fmt: skip
    share = book.share("refused_share", ("按规则被拒占全部", "Refused by a rule, of all"), together, attempts)
    said = say(
        "refusals", "共抢券 {attempts}，其中按规则被拒 {refused}，占 {share}。",
        "Of {attempts} to claim, {refused} were refused by a rule, {share}.",
        attempts=attempts, refused=together, share=share,
    )  # fmt: skip
    if refused:
        most = max(refused, key=lambda one: one.attempts)
        of_refused = book.share(
            "largest_refusal_share",
            ("最多的拒绝原因占比", "Share of the commonest reason"),
            outcome_figure(most),
            together,
        )
        said += say(
            "refusals", "被拒最多的原因是“{reason}”，{count}，占按规则被拒的 {share}。",
            "The commonest reason was “{reason}”: {count}, {share} of those refused by a rule.",
            names={"reason": (most.title_zh, most.title_en)}, count=outcome_figure(most), share=of_refused,
        )  # fmt: skip
    return said


def write_service(book: Book) -> list[Said]:
    """Sentences on availability as far as the platform knows it, on officers' acts, and on reports due."""
    return _answered(book) + _acts(book) + _reports(book)


def _answered(book: Book) -> list[Said]:
    service = book.report.service
    formula = ("claim_attempt_count 中有结论的次数", "claim_attempt_count with a decision")
    attempts = book.counted(
        "service.attempts", ("平台收到的抢券请求", "Claims received"), "attempts", service.attempts,
        ("claim_attempt_count.attempts 合计", "Σ claim_attempt_count.attempts"),
    )  # fmt: skip
    answered = book.counted(
        "service.answered", ("有结论的请求", "Claims decided"), "attempts", service.answered, formula
    )
    away = book.counted(
        "service.turned_away", ("因繁忙或恢复中被劝退的请求", "Claims told to come again"), "attempts",
        service.turned_away,
        ("结果为 overloaded、rebuilding 或 internal 的次数", "those that ended overloaded, rebuilding or internal"),
    )  # fmt: skip
    share = book.share("service.answered_share", ("有结论的请求占比", "Share of claims decided"), answered, attempts)
    said = say(
        "service",
        "平台收到的 {attempts}抢券请求中，{answered} 给出了结论，占 {share}；{away} 因系统繁忙或恢复中被请稍后再试。",
        "Of {attempts} the platform received, {answered} got a decision, {share}; {away} were told to come again"
        " because"
        " it was full or recovering.",
        attempts=attempts, answered=answered, share=share, away=away,
    )  # fmt: skip
    if said:
        said += say(
            "service", "未到达平台的请求（如网络中断）不在其中，平台自身无法得知。",
            "Requests that never reached the platform are not in this: it cannot know of them.", caution=True,
        )  # fmt: skip
    return said


def _acts(book: Book) -> list[Said]:
    service = book.report.service
    log = ("本轮券种的审计日志条数", "audit entries on the round's batches")
    pauses = book.counted("service.pauses", ("暂停次数", "Pauses"), "acts", service.pauses, log)
    stops = book.counted("service.stops", ("紧急停止次数", "Emergency stops"), "acts", service.stops, log)
    if not service.pauses and not service.stops:
        return say("service", "领取期间未发生人工暂停或紧急停止。", "No batch was paused or stopped by an officer.")
    paused = book.counted(
        "service.paused_s", ("领取窗口内停领时长", "Not claimable within the window"), "seconds", service.paused_s,
        ("各券种在领取窗口内被暂停或停止的业务时间之和", "Σ over batches of the business time paused or stopped"),
    )  # fmt: skip
    return say(
        "service", "工作人员暂停 {pauses}、紧急停止 {stops}，领取窗口内停领时长合计 {paused}。",
        "Officers paused {pauses} and stopped {stops}; together batches were not claimable for {paused} of their"
        " windows.",
        pauses=pauses, stops=stops, paused=paused,
    )  # fmt: skip


def _reports(book: Book) -> list[Said]:
    service = book.report.service
    due = book.counted(
        "service.t1_due", ("已到应交时间的 T+1 报表", "T+1 reports due"), "days", service.t1_due,
        ("本轮业务日中次日已结束的天数", "business days of the round whose next day is over"),
    )  # fmt: skip
    ready = book.counted(
        "service.t1_available", ("可取得的 T+1 报表", "T+1 reports that can be had"), "days", service.t1_available,
        ("本轮业务日中已结束的天数，均可随时生成", "business days of the round that are over: each can be made"),
    )  # fmt: skip
    fetched = book.counted(
        "service.t1_fetched", ("已有人取走的 T+1 报表", "T+1 reports fetched"), "days", service.t1_fetched,
        ("审计日志中在业务日结束后取过报表的天数", "days whose report was fetched after their end, by audit log"),
    )  # fmt: skip
    return say(
        "service",
        "截至报告生成，本轮已结束的业务日有 {ready}，其次日数据报表均可随时取得；次日也已结束、应已交出的有 {due}，"
        "已有人取走的有 {fetched}。",
        "By now {ready} of the round are over, and the next-day report of each can be had: the day in which it was to"
        " be handed over is over, too, for {due}; those of {fetched} were fetched.",
        due=due, ready=ready, fetched=fetched,
    ) + say(
        "service", "每份报表由谁在何时取走及文件指纹，见审计日志；是否阅读或转交，以收件记录为准。",
        "Who fetched which file and when, with its fingerprint, is in the audit log; whether it was read or passed on"
        " is for the receiver's records to say.",
    )  # fmt: skip


def write_comparison(book: Book) -> list[Said]:
    """Sentences that set the round beside the one published before it."""
    earlier, now = book.report.earlier, book.indicator("redemptions")
    if earlier is None or now is None:
        return []
    names = {"name": (earlier.name, earlier.name)}
    rate, name = "redemption_rate_count_issued_gross", "claim_rate"
    said = say(
        "comparison", "与上一轮“{name}”相比：领取率由 {before} 变为 {after}。",
        "Beside the round before, “{name}”: the share claimed went from {before} to {after}.",
        names=names, before=book.earlier(name), after=book.indicator(name),
    )  # fmt: skip
    said += say(
        "comparison",
        "按张数计占已领取的核销率（不扣退款）由 {before} 变为 {after}，拉动比（净）由 {net} 变为 {net_now}。",
        "The redemption rate by count of those claimed, gross, went from {before} to {after}, the net leverage from"
        " {net}"
        " to {net_now}.",
        before=book.earlier(rate), after=book.indicator(rate), net=book.earlier("leverage_net"),
        net_now=book.indicator("leverage_net"),
    )  # fmt: skip
    if said:
        said += say(
            "comparison", "两轮的券种、时间和所处阶段可能不同，上列变化不能单独归因于任何一项。",
            "The rounds differ in vouchers, season and how far they have come: none of this has a single cause.",
            caution=True,
        )  # fmt: skip
    return said
