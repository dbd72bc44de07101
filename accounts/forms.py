"""Forms of the account and settings pages."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.core import context
from django import forms
from django.db import transaction
from django.http import HttpRequest

from accounts import selectors, services
from accounts.invitations import invitation_accept
from accounts.models import Invitation, Organisation, Role, User


class OrganisationNameField(forms.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_length=120,
            label="Organisation name",
            widget=forms.TextInput(attrs={"autocomplete": "organization", "placeholder": "Acme Ltd"}),
            **options,
        )


CHOOSE_WELL = "At least 8 characters, not a common word and not only digits."


class LoginForm(AllauthLoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""  # the link stands beside the label


class ChangePasswordForm(AllauthChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].help_text = ""  # the link stands beside the label
        self.fields["password1"].help_text = CHOOSE_WELL
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class SignupForm(AllauthSignupForm):
    """Makes a person, and with them an organisation of their own or the role they were invited to."""

    name = forms.CharField(
        max_length=120,
        label="Your name",
        widget=forms.TextInput(attrs={"autocomplete": "name", "placeholder": "Alex Morgan"}),
    )
    organisation_name = OrganisationNameField(help_text="You can rename it and invite others later.")
    field_order = ("name", "organisation_name", "email", "password1", "password2")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = _invitation_of(context.request)
        self.fields["email"].widget.attrs["placeholder"] = "you@company.com"
        for name in ("password1", "password2"):
            self.fields[name].widget.attrs.pop("placeholder", None)
        self.fields["password1"].help_text = CHOOSE_WELL
        self.fields["email"].label = "E-mail address"
        if self.invitation:
            del self.fields["organisation_name"]
            self.fields["email"].initial = self.invitation.email
            self.fields["email"].disabled = True

    def save(self, request: HttpRequest) -> User:
        # All or nothing: no person without an organisation. Mail goes out later, outside the transaction.
        with transaction.atomic():
            user: User = super().save(request)
        return user

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
        if self.invitation:
            invitation_accept(invitation=self.invitation, user=user)
            request.session.pop("invitation_id", None)
        else:
            services.organisation_create(name=self.cleaned_data["organisation_name"], owner=user)


def _invitation_of(request: HttpRequest | None) -> Invitation | None:
    """The open invitation whose link this browser followed."""
    if request is None:
        return None
    return selectors.invitation_open(request.session.get("invitation_id"))


class OrganisationForm(forms.ModelForm):
    name = OrganisationNameField()

    class Meta:
        model = Organisation
        fields = ("name",)


class OrganisationDeleteForm(forms.Form):
    """Deletes only what its owner has named letter by letter."""

    name = forms.CharField(
        label="Type the organisation's name to confirm",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation = organisation
        self.fields["name"].widget.attrs["data-must-equal"] = organisation.name

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name != " ".join(self.organisation.name.split()) and name != self.organisation.name:
            raise forms.ValidationError(f"This is not the name. It is “{self.organisation.name}”.")
        return name


class ApiKeyForm(forms.Form):
    name = forms.CharField(
        max_length=80,
        label="Name",
        help_text="What will use it, so that you know later which one to revoke.",
        widget=forms.TextInput(attrs={"placeholder": "Website, production", "autocomplete": "off"}),
    )


class InvitationForm(forms.Form):
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"placeholder": "colleague@company.com", "autocomplete": "off"}),
    )
    role = forms.ChoiceField(label="Role")

    def __init__(self, *args: Any, roles: list[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in roles]  # type: ignore[attr-defined]
        self.fields["role"].initial = Role.MEMBER


class ProfileForm(forms.ModelForm):
    name = forms.CharField(
        max_length=120,
        label="Your name",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    class Meta:
        model = User
        fields = ("name",)
