"""All addresses: the pages, the interface, and signing in (网址)."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("api/", include("chainbreak.api.urls")),
    path("", include("chainbreak.web.urls")),
]

handler500 = "chainbreak.web.errors.server_error"
