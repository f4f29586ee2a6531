"""A user's API keys."""

from django.conf import settings
from django.db import models
from rest_framework_api_key.models import AbstractAPIKey, BaseAPIKeyManager


class Keys(BaseAPIKeyManager):
    """Finds a key together with its owner, by one query."""

    def get_usable_keys(self):
        """Those that were not revoked."""
        return super().get_usable_keys().select_related("user")


class UserApiKey(AbstractAPIKey):
    """A key with its owner and its scopes."""

    objects = Keys()

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys")
    scopes = models.JSONField(default=list)
