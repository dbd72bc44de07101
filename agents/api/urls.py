"""Addresses of the REST API."""

from django.urls import path

from agents.api import catalogue, views
from agents.calling_rules import api as calling_rules
from agents.phone_numbers import api as phones
from agents.twilio_account import api as twilio_account
from agents.vendor_keys import api as vendors

urlpatterns = [
    path("catalogue", catalogue.CatalogueView.as_view(), name="api-catalogue"),
    path("agents", views.AgentList.as_view(), name="api-agents"),
    path("agents/<str:agent_id>", views.AgentDetail.as_view(), name="api-agent"),
    path("calling-rules", calling_rules.CallingRules.as_view(), name="api-calling-rules"),
    path("countries", calling_rules.CountryList.as_view(), name="api-countries"),
    path("vendors", vendors.VendorList.as_view(), name="api-vendors"),
    path("vendors/<str:vendor>", vendors.VendorDetail.as_view(), name="api-vendor"),
    path("phone-numbers", phones.PhoneNumberList.as_view(), name="api-phone-numbers"),
    path("phone-numbers/<str:number_id>", phones.PhoneNumberDetail.as_view(), name="api-phone-number"),
    path(
        "phone-numbers/<str:number_id>/configure",
        phones.PhoneNumberConfigure.as_view(),
        name="api-phone-number-configure",
    ),
    path(
        "phone-numbers/<str:number_id>/test",
        phones.PhoneNumberTest.as_view(),
        name="api-phone-number-test",
    ),
    path("twilio-account", twilio_account.TwilioAccountDetail.as_view(), name="api-twilio-account"),
    path("twilio-account/test", twilio_account.TwilioAccountTest.as_view(), name="api-twilio-account-test"),
    path("vendors/<str:vendor>/test", vendors.VendorTest.as_view(), name="api-vendor-test"),
]
