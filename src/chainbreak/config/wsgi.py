"""The web server's entry (网页服务入口)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chainbreak.config.settings")
_pages = get_wsgi_application()

import chainbreak.config.urls  # noqa: E402, F401  (all pages, before threads ask for them at once)
from chainbreak.api.swabs import lane  # noqa: E402  (needs the settings)

application = lane(_pages)
