"""Every text in two languages, Chinese first."""

import re
from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
PAGE_LANGUAGES: dict[Language, Literal["zh-CN", "en-US"]] = {"zh": "zh-CN", "en": "en-US"}
"""As a browser and its screen reader are told."""


@dataclass(frozen=True)
class Text:
    """One text as Chinese and English readers get it."""

    zh: str
    en: str

    def in_(self, language: Language) -> str:
        """The text for that reader."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Words:
    """Chooses between the two texts of a sentence: ``w("总览", "Overview")``."""

    language: Language

    def __call__(self, zh: str, en: str) -> str:
        """The one in the reader's language."""
        return zh if self.language == "zh" else en

    def of(self, text: Text) -> str:
        """A text kept as data."""
        return text.in_(self.language)

    def path(self, address: str) -> str:
        """The address of a page in the reader's language: English pages lie below ``/en``."""
        return address if self.language == "zh" else "/en" + ("" if address == "/" else address)


CODES: dict[str, Text] = {
    "bureau": Text("主管部门", "Bureau"),
    "auditor": Text("审计监督", "Auditor"),
    "operator": Text("平台运营", "Operator"),
    "draft": Text("草稿", "Draft"),
    "submitted": Text("待复核", "Waiting for approval"),
    "approved": Text("已复核", "Approved"),
    "published": Text("已发布", "Published"),
    "live": Text("发放中", "Live"),
    "paused": Text("已暂停", "Paused"),
    "stopped": Text("已停止", "Stopped"),
    "open": Text("进行中", "Open"),
    "closed": Text("已结束", "Closed"),
    "issued": Text("已领取", "Issued"),
    "replayed": Text("重复点击，仍是同一张券", "Same tap again, same voucher"),
    "pending": Text("处理中", "Under way"),
    "redeemed": Text("已核销", "Redeemed"),
    "used_up": Text("已用完", "Used up"),
    "expired": Text("已过期", "Expired"),
    "frozen": Text("已冻结", "Frozen"),
    "void": Text("已作废", "Void"),
    "admitted": Text("参与中", "Taking part"),
    "not_admitted": Text("未准入", "Not admitted"),
    "suspended": Text("已暂停参与", "Suspended"),
    "in_transit": Text("退回途中", "In transit"),
    "returned": Text("已退回", "Returned"),
    "released": Text("已放行", "Released"),
    "confirmed": Text("已确认违规", "Confirmed"),
    "block": Text("拦截", "Block"),
    "flag": Text("标记", "Flag"),
    "off": Text("关闭", "Off"),
    "claim": Text("领取", "Claim"),
    "redemption": Text("核销", "Redemption"),
    "person": Text("自然人", "Person"),
    "device": Text("设备", "Device"),
    "address": Text("网络地址", "Address"),
    "merchant": Text("商户", "Merchant"),
    "till": Text("收银终端", "Till"),
    "daily_goods": Text("日用百货", "Daily goods"),
    "appliances": Text("家电家居", "Appliances"),
    "catering": Text("餐饮及食品", "Catering and food"),
    "lodging": Text("住宿", "Lodging"),
    "cars": Text("汽车", "Cars"),
    "fuel": Text("成品油", "Fuel"),
    "culture_sport": Text("文体娱乐", "Culture and sport"),
    "above_quota": Text("限上商贸", "Above quota"),
    "above_scale_service": Text("规上服务", "Above-scale service"),
    "below_quota_sample": Text("限下样本", "Sample below quota"),
    "below_quota_other": Text("限下其他", "Other below quota"),
    "510681001": Text("雒城街道", "Luocheng"),
    "510681002": Text("汉州街道", "Hanzhou"),
    "510681003": Text("金雁街道", "Jinyan"),
    "510681101": Text("三水镇", "Sanshui"),
    "510681102": Text("连山镇", "Lianshan"),
    "510681103": Text("高坪镇", "Gaoping"),
    "510681105": Text("向阳镇", "Xiangyang"),
    "510681106": Text("小汉镇", "Xiaohan"),
    "510681107": Text("金轮镇", "Jinlun"),
    "510681114": Text("金鱼镇", "Jinyu"),
    "510681116": Text("南丰镇", "Nanfeng"),
    "510681117": Text("三星堆镇", "Sanxingdui"),
    "seen": Text("观察到", "Seen"),
    "figures": Text("规则参数", "Figures of the rule"),
    "examples": Text("举例（已遮盖）", "Examples, masked"),
    "processes": Text("看到它的服务进程数", "Processes that saw it"),
    "estimated": Text("估计值", "Estimated"),
    "out_of_range": Text("超出合理范围", "Out of range"),
    "seconds_between": Text("相隔（秒）", "seconds apart"),
    "newest_redemptions": Text("最近的核销", "Newest redemptions"),
    "attempts": Text("次数", "attempts"),
    "persons": Text("人数", "persons"),
    "accounts": Text("账号数", "accounts"),
    "metres": Text("距离（米）", "metres"),
    "orders": Text("连续笔数", "orders"),
    "redemptions": Text("核销笔数", "redemptions"),
    "window_seconds": Text("时间窗（秒）", "window (s)"),
    "metres_per_second": Text("速度（米/秒）", "speed (m/s)"),
    "least_metres": Text("起算距离（米）", "least distance (m)"),
    "south_degrees": Text("最南纬度（度）", "southernmost (°)"),
    "north_degrees": Text("最北纬度（度）", "northernmost (°)"),
    "west_degrees": Text("最西经度（度）", "westernmost (°)"),
    "east_degrees": Text("最东经度（度）", "easternmost (°)"),
    "deposit": Text("财政拨付", "Deposit"),
    "reserve": Text("预留", "Reserve"),
    "redeem": Text("核销", "Redeem"),
    "expire": Text("过期", "Expire"),
    "refund": Text("退款", "Refund"),
    "settle": Text("结算", "Settle"),
    "recover": Text("扣回", "Recover"),
    "repay": Text("还款", "Repay"),
    "return": Text("退回财政", "Return"),
    "return_confirmed": Text("确认退回到账", "Return arrived"),
    "unreserve": Text("解除预留", "Release of a reserve"),
    "refund_owed": Text("退款，商户应还", "Refund, owed by the merchant"),
    "refund_covered": Text("退款，先行垫付", "Refund, covered meanwhile"),
    "PASS": Text("通过", "Pass"),
    "WARN": Text("通过（有提示）", "Pass with remarks"),
    "FAIL": Text("不通过", "Fail"),
    "INCONCLUSIVE": Text("无法判定", "Inconclusive"),
    "INVALID": Text("测试无效（测试方原因）", "Invalid (our own fault)"),
    "NOT_RUN": Text("未测试", "Not run"),
    "NOT_APPLICABLE": Text("不适用", "Not applicable"),
    "not_started": Text("未开始", "Not started yet"),
    "claiming_over": Text("领取已结束", "Claiming over"),
    "batch": Text("券种", "Batch"),
}
"""Words of the contract as people read them. A word that is not here is shown as it came."""


_BOTH = re.compile(r"^(?P<zh>[^/]*[\u4e00-\u9fff][^/]*) / (?P<en>[^\u4e00-\u9fff]+)$")


def half_of(text: str, language: Language) -> str:
    """The reader's half of a sentence that is said as ``Chinese / English``; any other one whole."""
    both = _BOTH.match(text)
    return both[language] if both else text


def named(code: str, language: Language) -> str:
    """A code of the contract in words; an unknown one as it is, for another platform may have more."""
    return CODES[code].in_(language) if code in CODES else code
