"""Who may open an account: an administrator only (账号)."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves; accounts are given with a team and a purpose."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
