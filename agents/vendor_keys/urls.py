"""Addresses of Settings → Vendors."""

from django.urls import path

from agents.vendor_keys import views

app_name = "vendors"
settings = "o/<str:org_id>/settings/vendors/"
urlpatterns = [
    path(settings, views.vendor_list, name="list"),
    path(settings + "<str:vendor>/", views.vendor_key, name="key"),
    path(settings + "<str:vendor>/test/", views.vendor_test, name="test"),
    path(settings + "<str:vendor>/remove/", views.vendor_key_remove, name="remove"),
    path(settings + "<str:vendor>/switch/", views.vendor_switch, name="switch"),
]
