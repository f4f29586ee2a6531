"""Accounts, one-time codes and API keys with Django, django-allauth and djangorestframework-api-key."""
