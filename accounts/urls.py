"""Addresses of the account and settings pages."""

from django.urls import include, path

from accounts.views import invitation, keys, members, organisations, profile
from accounts.views.home import home

settings_urls = [
    path("keys/", keys.keys, name="keys"),
    path("keys/<str:key_id>/revoke/", keys.revoke, name="key-revoke"),
    path("members/", members.members, name="members"),
    path("members/invite/", members.invite, name="member-invite"),
    path("members/<str:membership_id>/role/", members.change_role, name="member-role"),
    path("members/<str:membership_id>/remove/", members.remove, name="member-remove"),
    path("invitations/<str:invitation_id>/withdraw/", members.withdraw, name="invitation-withdraw"),
    path("organisation/", organisations.organisation, name="organisation"),
    path("organisation/leave/", organisations.leave, name="organisation-leave"),
    path("organisation/delete/", organisations.delete, name="organisation-delete"),
]

app_name = "accounts"
urlpatterns = [
    path("", home, name="home"),
    path("profile/", profile.profile, name="profile"),
    path("organisations/new/", organisations.create, name="organisation-create"),
    path("invitations/<str:token>/", invitation.invitation, name="invitation"),
    path("o/<str:org_id>/", organisations.switch, name="switch"),
    path("o/<str:org_id>/settings/", include(settings_urls)),
]
