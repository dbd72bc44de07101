"""Addresses of the REST API."""

from django.urls import path

from agents.api import catalogue, views
from agents.vendor_keys import api as vendors

urlpatterns = [
    path("catalogue", catalogue.CatalogueView.as_view(), name="api-catalogue"),
    path("agents", views.AgentList.as_view(), name="api-agents"),
    path("agents/<str:agent_id>", views.AgentDetail.as_view(), name="api-agent"),
    path("vendors", vendors.VendorList.as_view(), name="api-vendors"),
    path("vendors/<str:vendor>", vendors.VendorDetail.as_view(), name="api-vendor"),
    path("vendors/<str:vendor>/test", vendors.VendorTest.as_view(), name="api-vendor-test"),
]
