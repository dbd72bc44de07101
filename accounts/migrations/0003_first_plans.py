"""The plans of a new installation. Rows that are there already are left as they are."""

from django.db import migrations

from accounts.plans import FIRST_PLANS


def add_plans(apps, schema_editor):
    plan_model = apps.get_model("accounts", "Plan")
    for code, fields in FIRST_PLANS.items():
        plan_model.objects.get_or_create(code=code, defaults=fields)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_invitations_and_defaults")]

    operations = [migrations.RunPython(add_plans, migrations.RunPython.noop)]
