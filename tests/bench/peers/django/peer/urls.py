"""Paths."""

from django.urls import include, path

from peer.views import Check, Key, Keys

urlpatterns = [
    path("check", Check.as_view()),
    path("keys", Keys.as_view()),
    path("keys/<str:key>", Key.as_view()),
    path("_allauth/", include("allauth.headless.urls")),
]
