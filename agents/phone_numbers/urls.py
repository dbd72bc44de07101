"""Addresses of Settings → Phone numbers."""

from django.urls import path

from agents.calling_rules.views import calling_rules
from agents.phone_numbers import views
from agents.twilio_account import views as account

app_name = "phones"
settings = "o/<str:org_id>/settings/phones/"
one = settings + "<str:number_id>/"
urlpatterns = [
    path(settings, views.phone_list, name="list"),
    path(settings + "new/", views.phone_create, name="create"),
    path(settings + "calling/", calling_rules, name="calling"),
    path(settings + "twilio/", account.twilio_account, name="account"),
    path(settings + "twilio/test/", account.twilio_account_test, name="account-test"),
    path(settings + "twilio/remove/", account.twilio_account_remove, name="account-remove"),
    path(one, views.phone_edit, name="edit"),
    path(one + "remove/", views.phone_remove, name="remove"),
    path(one + "configure/", views.phone_configure, name="configure"),
    path(one + "check/", views.phone_check, name="check"),
]
