"""Cases by age and sex (年龄性别分布)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from chainbreak.exchange.charts import curves
from chainbreak.investigation.services import analysis as answers

from .question import Question, Shown

FEWEST_ON_A_CURVE = 5  # cases


def ages(asked: Question) -> Shown:
    """Cases by age group and sex."""
    title = _("Cases by age and sex")
    found = answers.pyramid(asked.cases)
    women, men = sum(found.women), sum(found.men)
    if women + men < FEWEST_ON_A_CURVE:
        instead = _("Age and sex are known of %(n)s cases: too few to draw without pointing at people.") % {
            "n": women + men
        }
        return Shown(title, _("Too few cases."), instead=instead)
    old = sum(found.women[6:]) + sum(found.men[6:])
    facts = {"n": women + men, "women": women, "men": men, "old": old}
    sentence = _("%(n)s cases: %(women)s women and girls, %(men)s men and boys; %(old)s are 60 or older.") % facts
    notes = [_("Of %(count)s age or sex is not known.") % {"count": found.unknown}] if found.unknown else []
    labels = (_("women and girls"), _("men and boys"))
    svg = curves.pyramid(
        found.groups, found.women, found.men, title=title, labels=labels, description=sentence, look=asked.look
    )
    rows = [[group, *pair, sum(pair)] for group, *pair in zip(found.groups, found.women, found.men, strict=True)]
    return Shown(title, sentence, svg, "", [_("Age"), *labels, _("All")], rows, notes)
