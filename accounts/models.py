"""Who: people, organisations, roles, API keys and plans."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.ids import ID_LENGTH, new_id
from accounts.querysets import OrgQuerySet


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Signs in with an e-mail address; there is no user name."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique_any_case")]

    def __str__(self) -> str:
        return self.email


class Tier(models.IntegerChoices):
    """How much a plan includes, and from which plan on something is included."""

    BASIC = 0, "Basic"
    STANDARD = 1, "Standard"
    PREMIUM = 2, "Premium"


class Plan(models.Model):
    """What an organisation may use: whatever is of its tier or below.

    `allowed_models` holds "provider/name"; where it is not empty it alone says which models are included.
    """

    code = models.SlugField(primary_key=True, max_length=40)
    name = models.CharField(max_length=80)
    tier = models.PositiveSmallIntegerField(choices=Tier.choices, default=Tier.PREMIUM)
    allowed_models = models.JSONField(
        default=list,
        blank=True,
        help_text='Like ["groq/openai/gpt-oss-20b"]. Where it is not empty, the tier says nothing of models.',
    )
    calls_at_once = models.PositiveIntegerField(default=10)
    calls_per_minute = models.PositiveIntegerField(default=30)
    minutes_per_month = models.PositiveIntegerField(default=1000)
    dialled_per_second = models.PositiveIntegerField(
        default=1,
        verbose_name="calls to others a second",
        help_text="What agents may begin to dial in one second. Twilio itself allows new accounts one.",
    )
    price_per_minute = models.DecimalField(
        max_digits=12,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="What customers are billed for a minute of a call, in US dollars. Empty: nothing is said.",
    )
    passes_on_cost = models.BooleanField(
        default=False,
        help_text="Customers are billed too what vendors charge for a call, but for what was used in vain.",
    )
    is_default = models.BooleanField(default=False, help_text="The plan of new organisations.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=models.Q(is_default=True),
                name="one_default_plan",
                violation_error_message="Another plan is the default already.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """A tenant: everything else belongs to one."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="organisations")
    # Where its agents may call, such as ["DE", "FR"]. Empty: the country of the number that they call from.
    called_countries = models.JSONField(default=list, blank=True)
    # How many calls its agents make in a second, and have going on at once. Empty: as many as its plan says.
    dialled_per_second = models.PositiveIntegerField(null=True, blank=True)
    dialled_at_once = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    MEMBER = "member", "Member"
    VIEWER = "viewer", "Viewer"


class Membership(models.Model):
    """A person's role in an organisation."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(default=timezone.now)
    visited_at = models.DateTimeField(null=True, blank=True)

    objects = OrgQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "user"], name="one_role_a_person")]

    def __str__(self) -> str:
        return f"{self.user} in {self.organisation}: {self.role}"


class ApiKey(models.Model):
    """A secret that speaks for an organisation. Only its peppered digest is stored."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # Revoked only because another took its place: calls that it has let in go on.
    is_replaced = models.BooleanField(default=False)

    objects = OrgQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Invitation(models.Model):
    """An offer of a role, sent by mail. Its link holds a secret of which only the digest is stored."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role.choices)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    objects = OrgQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.email} to {self.organisation}"
