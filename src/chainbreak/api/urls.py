"""The addresses of the interface (接口网址): routers are put together here."""

from importlib import import_module

from django.urls import URLPattern, URLResolver, path

from .interface import api

# One name a module with a `router`.
ROUTERS = ["reading", "figures", "interviews", "sampling", "swabs", "tracing", "results", "sites", "doorstep"]

for name in ROUTERS:
    api.add_router("", import_module(f"chainbreak.api.{name}").router)

urlpatterns: list[URLPattern | URLResolver] = [path("v1/", api.urls)]
