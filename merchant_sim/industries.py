"""The seven industry groups used in Guanghan over GB/T 4754-2017 codes, with words to name shops by."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Industry:
    """One industry group (行业业态). `codes` are four-digit classes, `service_codes` those of services."""

    key: str
    name: str
    merchant_share: float
    codes: tuple[str, ...]
    service_codes: frozenset[str]
    shop_words: tuple[str, ...]


def _codes(*spans: str) -> tuple[str, ...]:
    """Expand "5231-5234" and single codes, in order."""
    found: list[str] = []
    for span in spans:
        first, _, last = span.partition("-")
        found.extend(str(code) for code in range(int(first), int(last or first) + 1))
    return tuple(found)


# 5226 (drinks and tea), 5227 (tobacco) and 5245 (jewellery) stay out of their groups, as they do in practice.
_SERVICES = frozenset(_codes("8760", "8810", "8820", "8850", "8921", "8930", "9011-9013", "9019", "9020", "9030"))

INDUSTRIES: tuple[Industry, ...] = (
    Industry(
        "daily_goods",
        "日用百货",
        0.26,
        _codes("5211-5213", "5219", "5231-5239"),
        frozenset(),
        ("百货商场", "生活超市", "便利店", "服饰店", "鞋帽店", "日用品商行"),
    ),
    Industry(
        "appliances",
        "家电家居",
        0.14,
        _codes("5271-5274", "5279", "5281-5287", "5289"),
        frozenset(),
        ("电器商场", "家电专卖店", "家具馆", "灯饰店", "数码通讯店"),
    ),
    Industry(
        "catering",
        "餐饮及食品",
        0.30,
        _codes("6210", "6220", "6231-6233", "6239", "6291", "6299", "5221-5225", "5229"),
        frozenset(),
        ("火锅店", "川菜馆", "小吃店", "茶楼", "面馆", "糕点坊", "水果店"),
    ),
    Industry(
        "lodging",
        "住宿",
        0.08,
        _codes("6110", "6121", "6129", "6130", "6140", "6190"),
        frozenset(),
        ("酒店", "宾馆", "客栈", "民宿"),
    ),
    Industry("cars", "汽车", 0.07, _codes("5261-5264"), frozenset(), ("汽车销售中心", "汽车贸易行", "汽配行")),
    Industry("fuel", "成品油", 0.06, _codes("5265"), frozenset(), ("加油站", "能源站")),
    Industry(
        "culture_sport",
        "文体娱乐",
        0.09,
        (*sorted(_SERVICES), *_codes("5241-5244", "5246-5249")),
        _SERVICES,
        ("影城", "健身馆", "书店", "文具店", "游乐园", "体育用品店"),
    ),
)
INDUSTRIES_BY_KEY: dict[str, Industry] = {industry.key: industry for industry in INDUSTRIES}
INDUSTRIES_BY_NAME: dict[str, Industry] = {industry.name: industry for industry in INDUSTRIES}
