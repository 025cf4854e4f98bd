"""All addresses: the pages, the interface, and signing in (网址)."""

from django.urls import include, path

from chainbreak.web.accounts import closed_ways

urlpatterns = [
    path("accounts/", include(closed_ways)),  # first: what the library offers and this house does not
    path("accounts/", include("allauth.urls")),
    path("api/", include("chainbreak.api.urls")),
    path("", include("chainbreak.web.urls")),
]

handler500 = "chainbreak.web.errors.server_error"
