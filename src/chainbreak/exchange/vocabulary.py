"""The field's words for a diagnosis, an outcome, a route of discovery, in Chinese and English (用词对照)."""

import re
import unicodedata

# field -> (value, words); a word is compared without blanks, case and punctuation
_WORDS: dict[str, list[tuple[str, str]]] = {
    "sex": [
        ("male", "m|male|man|boy|男|男性|男孩|先生|masculino|masculin|homme|laki-laki"),
        ("female", "f|female|woman|girl|女|女性|女孩|女士|feminino|féminin|femme|perempuan"),
    ],
    "classification": [
        ("confirmed", "confirmed|confirmed case|laboratory confirmed|lab confirmed|确诊|确诊病例|确诊患者|阳性确诊|实验室确诊"),
        ("confirmed", "clinically diagnosed|临床诊断|临床诊断病例|reclassified confirmed|asymptomatic later confirmed|无症状转确诊|无症状感染者转确诊"),
        ("asymptomatic", "asymptomatic|asymptomatic infection|asymptomatic case|confirmed no symptoms|无症状|无症状感染|无症状感染者|无症状病例"),
        ("suspected", "suspected|suspect|suspected case|probable|probable case|疑似|疑似病例|可疑|临床疑似"),
        ("preliminary_positive", "preliminary positive|screen positive|screening positive|初筛阳性|初阳|初筛阳性人员|初筛"),
        ("excluded", "excluded|not a case|no case|discarded|non case|排除|已排除|排除病例|订正排除"),
    ],
    "clinical_severity": [
        ("mild", "mild|light|minor|轻型|轻症|轻度|轻"),
        ("moderate", "moderate|ordinary|common|normal|普通型|普通|中型|中度"),
        ("severe", "severe|serious|重型|重症|重度|重"),
        ("critical", "critical|critically ill|危重型|危重|危重症"),
    ],
    "outcome": [
        ("died", "dead|died|deceased|death|fatal|死亡|病亡|病死|去世|已故"),
        ("discharged", "discharged|released|recovered|cured|healed|治愈|出院|痊愈|康复|治愈出院|解除隔离|解除医学观察"),
        ("under_care", "under care|isolated|hospitalised|hospitalized|inpatient|in hospital|admitted|在院|住院|在治|治疗中|住院治疗|隔离治疗|隔离中|医学观察"),
        ("alive", "alive|survived|存活|健在"),
    ],
    "discovery_route": [
        ("facility", "facility|quarantine facility|集中隔离|集中隔离点|集中隔离点筛查|隔离点|隔离管控|管控人员|集中隔离人员"),
        ("home_quarantine", "home quarantine|居家隔离|居家隔离人员|居家管控|居家隔离筛查"),
        ("zone_screening", "zone screening|封控区|管控区|封控区筛查|管控区筛查|封控区管控区筛查|封控管控区筛查|重点区域筛查|区域筛查"),
        ("mass_round", "mass round|mass testing|全员核酸|全员核酸检测|全员筛查|大规模核酸|社区筛查|社会面筛查|社会面|愿检尽检"),
        ("key_class", "key class|key groups|重点人员|重点人群|重点人群筛查|应检尽检|七类重点人员"),
        ("fever_clinic", "fever clinic|发热门诊|门诊|医院就诊|就诊|就医|主动就诊|医疗机构"),
        ("arrival", "arrival|traveller screening|来返人员|入境人员|外来人员|来漯返漯|返乡人员|落地检|卡口筛查"),
        ("self_report", "self report|self reported|主动报告|自行报告|主动检测|自主检测|主动申报"),
    ],
    "origin": [
        ("local", "local|indigenous|autochthonous|domestic local|本土|本地|本地感染|本土病例"),
        ("imported_domestic", "imported domestic|domestic import|other province|省外输入|外省输入|国内输入|市外输入|外地输入|外省"),
        ("imported_overseas", "imported overseas|imported abroad|overseas|overseas inflow|境外输入|境外|国外输入|输入性"),
    ],
    "yes_no": [
        ("yes", "yes|y|true|1|是|有|对|√|✓|已|已管控|管控中"),
        ("no", "no|n|false|0|否|没有|×|x|未|未管控"),
    ],
    "result": [
        ("negative", "negative|neg|not detected|阴性|阴|未检出|-"),
        ("positive", "positive|pos|detected|阳性|阳|检出|+"),
        ("inconclusive", "inconclusive|indeterminate|equivocal|可疑|灰区|待复核|不确定"),
        ("invalid", "invalid|failed|无效|失败|作废"),
    ],
}  # fmt: skip


def fold(word: str) -> str:
    """A word without case, blanks and punctuation, full-width forms made plain."""
    text = unicodedata.normalize("NFKC", word).casefold()
    return re.sub(r"[\s_\-./,;:()\[\]'\"、,。;:]+", "", text) or text.strip()


_FOLDED = {
    kind: {fold(word): value for value, words in entries for word in words.split("|")}
    for kind, entries in _WORDS.items()
}
KINDS = tuple(_WORDS)


def values_of(kind: str) -> set[str]:
    """Every value that a field of this kind can take."""
    return {value for value, _ in _WORDS[kind]}


def find(kind: str, word: str) -> str | None:
    """The value that a word stands for; None if it is not known."""
    folded = fold(word)
    known = _FOLDED[kind]
    if folded in known:
        return known[folded]
    if kind == "classification":
        outside = fold(re.sub(r"[((\[].*", "", unicodedata.normalize("NFKC", word)))
        return known.get(outside)
    return None


def severity_in(word: str) -> str | None:
    """The clinical type inside a diagnosis: 确诊(轻型) is mild."""
    if inside := re.search(r"[(\[](.+?)[)\]]", unicodedata.normalize("NFKC", word)):
        return find("clinical_severity", inside[1])
    rest = re.match(r"(?:确诊病例|确诊)(.+)", word.strip())
    return find("clinical_severity", rest[1]) if rest else None
