"""What headquarters keeps, and why (指挥数据的期限): published figures and documents, no persons."""

from django.utils.translation import gettext_lazy as _

from chainbreak.governance.retention import keep


def register_all() -> None:
    """What command keeps."""
    counts = _("published figures, assessments and funds, no persons")
    models = [
        "Assessment",
        "PressConference",
        "Bulletin",
        "BulletinFact",
        "FigureValue",
        "Fund",
        "FundPurpose",
        "Expenditure",
        "ScenarioRun",
    ]
    keep({f"command.{model}": counts for model in models})
