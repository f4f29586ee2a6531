"""What the libraries bring no view for: keys of the signed-in user, and who holds a key."""

from rest_framework.generics import get_object_or_404
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_api_key.permissions import BaseHasAPIKey

from peer.models import UserApiKey


def shown(key):
    """A key without its value."""
    return {"id": key.prefix, "name": key.name, "scopes": key.scopes, "expires_at": key.expiry_date}


class HasKey(BaseHasAPIKey):
    """Keeps the key that it found, so that the view asks for it no second time."""

    model = UserApiKey

    def has_permission(self, request, view):
        """Whether the request carries a key that is good."""
        value = self.get_key(request)
        if not value:
            return False
        try:
            key = UserApiKey.objects.get_from_key(value)
        except UserApiKey.DoesNotExist:
            return False
        view.key = key
        return not key.has_expired and key.user.is_active


class Check(APIView):
    """Who holds a key."""

    authentication_classes = []
    permission_classes = [HasKey]

    def get(self, request):
        """Its name, scopes and end."""
        return Response(shown(self.key))


class Keys(APIView):
    """All keys of a user."""

    def get(self, request):
        """By name."""
        return Response({"items": [shown(key) for key in request.user.api_keys.order_by("name")]})

    def post(self, request):
        """Makes one; its value is shown this once."""
        name, scopes, end = (request.data.get(member) for member in ("name", "scopes", "expires_at"))
        key, value = UserApiKey.objects.create_key(user=request.user, name=name, scopes=scopes, expiry_date=end)
        return Response({**shown(key), "value": value}, status=201)


class Key(APIView):
    """One key of a user."""

    def delete(self, request, key):
        """Removes it."""
        get_object_or_404(request.user.api_keys, prefix=key).delete()
        return Response(status=204)
