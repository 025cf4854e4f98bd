"""Which records of the registry are kept, and why (台账数据的期限). Identities end with the outbreak: investigation says when."""

from django.utils.translation import gettext_lazy as _

from chainbreak.governance.retention import keep


def register_all() -> None:
    """What the registry keeps."""
    numbers = _("numbers without identities; the counts of closed outbreaks rest on them")
    keep({"registry.Person": numbers, "registry.Household": numbers})
    keep({"registry.Area": _("areas, no persons"), "registry.Place": _("places, no persons")})
