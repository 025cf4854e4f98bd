"""Who may open an account: an administrator only (账号)."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse

from chainbreak.web.accounts import signed_in


class ClosedAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves; accounts are given with a team and a purpose."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **given: Any) -> HttpResponse:
        return signed_in(request, super().post_login(request, user, **given))
