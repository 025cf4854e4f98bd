"""What a round is planned with, as a form (轮次测算表单): scope and deadlines, pools by risk, tables, staff, laboratories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chainbreak.epi import round_plan
from chainbreak.epi.round import pool_size
from chainbreak.epi.rulepack import RulePack
from chainbreak.screening.selectors.round_scope import AreaPeople

LABORATORIES = 6
POOLS = [(n, str(n)) for n in (1, 5, 10, 20)]
RISKS = [
    ("low", pgettext_lazy("risk of an area", "low")),
    ("medium", pgettext_lazy("risk of an area", "medium")),
    ("high", pgettext_lazy("risk of an area", "high")),
]
ASSUMPTIONS = {
    "per_table_hour": _("People swabbed at one table in an hour"),
    "transport_hours": _("Hours from sealing to receipt"),
    "run_hours": _("Hours of one run, from receipt to a verified result"),
    "wells_per_plate": _("Wells on a plate"),
    "controls_per_plate": _("Controls on a plate"),
    "recall_hours": _("Hours until the members of a positive tube are swabbed again"),
    "sites_low": _("People for one site, at most"),
    "sites_high": _("People for one site, at least"),
    "tables_low": _("People for one table, at most"),
    "tables_high": _("People for one table, at least"),
    "people_per_sampler": _("People for one sampler"),
}
MAY_BE_NOTHING = {"transport_hours", "run_hours", "controls_per_plate", "recall_hours"}


def _number(
    label: Any, *, least: float = 0, most: float = 1e9, required: bool = False, **more: Any
) -> forms.FloatField:
    return forms.FloatField(
        label=label, min_value=least, max_value=most, required=required, localize=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}), **more,
    )  # fmt: skip


def _count(label: Any, *, most: int = 1_000_000, required: bool = False) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=1,
        max_value=most,
        required=required,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )


class PlanForm(forms.Form):
    """One round: fields of the whole, three for each laboratory, five for each part of the area."""

    series = forms.RegexField(
        r"^[^\s/]{1,20}$",
        label=_("Series"),
        error_messages={"invalid": _("At most 20 letters and digits, no blank, no slash.")},
    )
    number = forms.IntegerField(label=_("Number"), min_value=1, max_value=100_000)
    start_at = forms.DateTimeField(
        label=_("Begins"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    sample_hours = _number(_("Hours for sampling"), least=0.1, most=720, required=True)
    test_hours = _number(_("Hours until the results, from the beginning"), least=0.1, most=720, required=True)
    pool = forms.TypedChoiceField(label=_("Swabs in one tube, usually"), choices=POOLS, coerce=int)
    key_people = forms.IntegerField(
        label=_("Key people, one swab a tube"),
        min_value=0,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    prevalence = _number(_("Infected among 100,000"), most=100_000, required=True)
    sensitivity = _number(_("Sensitivity of one test, %"), least=1, most=100, required=True)
    specificity = _number(_("Specificity of one test, %"), least=1, most=100, required=True)
    dilution = _number(_("Loss by dilution, 0 to 1"), most=1, required=True)

    def __init__(self, *args: Any, pack: RulePack, parts: Sequence[AreaPeople], **kwargs: Any) -> None:
        self.pack, self.parts = pack, parts
        super().__init__(*args, **kwargs)
        for n in range(LABORATORIES):
            self.fields[f"lab-{n}"] = forms.CharField(label=_("Laboratory"), required=False, max_length=80)
            self.fields[f"rate-{n}"] = _number(_("Tubes an hour"))
        for name, label in ASSUMPTIONS.items():
            least = 0 if name in MAY_BE_NOTHING else 0.001
            self.fields[f"assume-{name}"] = _number(label, least=least, required=True)
        for part in parts:
            self.fields[f"in-{part.area}"] = forms.BooleanField(label=_("In the round"), required=False)
            self.fields[f"risk-{part.area}"] = forms.ChoiceField(label=_("Risk"), choices=RISKS)
            self.fields[f"pool-{part.area}"] = forms.TypedChoiceField(
                label=_("Swabs in one tube"), required=False, coerce=int, empty_value=None,
                choices=[("", _("by risk")), *POOLS],
            )  # fmt: skip
            self.fields[f"samplers-{part.area}"] = _count(_("Samplers at hand"))
            self.fields[f"tables-{part.area}"] = _count(_("Tables at hand"))
        for name, field in self.fields.items():
            kind = "form-check-input" if isinstance(field, forms.BooleanField) else (
                "form-select" if isinstance(field, forms.ChoiceField) else "form-control")  # fmt: skip
            small = "" if name in PlanForm.base_fields or kind == "form-check-input" else f" {kind}-sm"
            field.widget.attrs["class"] = kind + small

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if self.errors:
            return said
        if said["test_hours"] < said["sample_hours"]:
            self.add_error("test_hours", _("Not before the sampling is over."))
        if said["sensitivity"] + said["specificity"] <= 100:
            self.add_error(
                "sensitivity",
                _("Sensitivity and specificity together must be above 100 %, else the test tells nothing."),
            )
        if not any(said[f"in-{part.area}"] for part in self.parts):
            self.add_error(None, _("No part of the area is in the round. Tick at least one."))
        if (said["key_people"] or 0) > sum(part.due for part in self.chosen()):
            self.add_error("key_people", _("More than are due."))
        for n in range(LABORATORIES):
            if said[f"rate-{n}"] and not said[f"lab-{n}"].strip():
                self.add_error(f"lab-{n}", _("Name the laboratory."))
        return said

    def chosen(self) -> list[AreaPeople]:
        """The parts that are in the round."""
        return [part for part in self.parts if self.cleaned_data[f"in-{part.area}"]]

    def pool_of(self, area: str) -> int:
        """Swabs in one tube of a part: as chosen, else by its risk, else as usual."""
        said = self.cleaned_data
        by_risk = pool_size(self.pack, area_risk=said[f"risk-{area}"]) if self.pack.has("pool.size") else None
        usual = said["pool"] if said[f"risk-{area}"] == "low" else None
        return said[f"pool-{area}"] or usual or by_risk or said["pool"]

    def laboratories(self) -> list[tuple[str, float]]:
        said = self.cleaned_data
        pairs = [(said[f"lab-{n}"].strip(), said[f"rate-{n}"]) for n in range(LABORATORIES)]
        return [(name, rate) for name, rate in pairs if name and rate]

    def assumed(self) -> dict[str, float]:
        """Assumptions that differ from the field's."""
        known = round_plan.assumptions()
        return {
            name: value for name in ASSUMPTIONS if (value := self.cleaned_data[f"assume-{name}"]) != known[name].value
        }

    def assumption_fields(self) -> list[tuple[Any, Any]]:
        return [(self[f"assume-{name}"], one) for name, one in round_plan.assumptions().items()]

    def laboratory_fields(self) -> list[tuple[Any, Any]]:
        return [(self[f"lab-{n}"], self[f"rate-{n}"]) for n in range(LABORATORIES)]

    def part_fields(self) -> list[tuple[AreaPeople, list[Any]]]:
        names = ("in", "risk", "pool", "samplers", "tables")
        return [(part, [self[f"{name}-{part.area}"] for name in names]) for part in self.parts]


def initial(pack: RulePack, parts: Sequence[AreaPeople], saved: Mapping[str, Any] | None) -> dict[str, Any]:
    """What stands in the form at first: the pack's deadlines, the field's assumptions; or what a plan was saved with."""
    start: dict[str, Any] = {
        "pool": 10, "prevalence": 10, "sensitivity": 100, "specificity": 100, "dilution": 0,
        **{f"assume-{name}": one.value for name, one in round_plan.assumptions().items()},
        **{f"in-{part.area}": True for part in parts}, **{f"risk-{part.area}": "low" for part in parts},
    }  # fmt: skip
    for name, rule in (("sample_hours", "round.sampling"), ("test_hours", "round.testing")):
        if pack.has(rule):
            start[name] = pack.limit(rule).total_seconds() / 3600
    return {**start, **(saved or {})}
