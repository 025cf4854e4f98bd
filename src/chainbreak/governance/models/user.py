"""Accounts (账号): one person, one account."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A member of staff; what they may do comes from their grants, never from the account."""

    display_name = models.CharField(_("display name"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")

    def __str__(self) -> str:
        return self.display_name or self.username
