"""Links of a chain (传播链): one accepted infector each, and never a circle."""

from __future__ import annotations

from chainbreak.epi.chains import forest_of
from chainbreak.governance.refusal import Refused

from ..models import Case, Outbreak, TransmissionLink


def require_acceptable(link: TransmissionLink) -> None:
    """Make sure that a link can be accepted beside those accepted already; call it inside the transaction of the deed.

    Raises:
        Refused("second_infector"): facts `infectee`, `infector`: the case has an accepted infector.
        Refused("closes_circle"): fact `cases`: the numbers of those who would have infected one another.
    """
    Outbreak.objects.select_for_update().get(pk=link.outbreak_id)  # acceptances of an outbreak wait for each other
    accepted = TransmissionLink.objects.known_at(None).filter(state=TransmissionLink.State.ACCEPTED)
    others = accepted.exclude(pk=link.pk)
    present = others.filter(infectee=link.infectee_id).select_related("infector").first()
    if present is not None:
        raise Refused("second_infector", infectee=link.infectee.number, infector=present.infector.number)
    pairs = [*others.values_list("infector_id", "infectee_id"), (link.infector_id, link.infectee_id)]
    rings = [
        ring for ring in forest_of({end for pair in pairs for end in pair}, pairs).cycles if link.infectee_id in ring
    ]
    if rings:
        numbers = dict(Case.objects.filter(pk__in=rings[0]).values_list("pk", "number"))
        raise Refused("closes_circle", cases=sorted(numbers.values()))
