"""Every address of the product; the apps hold their own."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView

from voice.edge.health import healthz
from voicex_project.metrics import metrics

handler400 = "accounts.error_pages.bad_request"
handler403 = "accounts.error_pages.permission_denied"
handler404 = "accounts.error_pages.not_found"
handler500 = "accounts.error_pages.server_error"

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
    path("api/dashboard/", include("agents.api.urls")),
    path("api/dashboard/", include("calls.api.urls")),
    path("api/twilio/", include("voice.edge.twilio.urls")),
    path("api/openapi.json", SpectacularJSONAPIView.as_view(), name="api-openapi"),
    path("", include("accounts.urls")),
    path("", include("agents.urls")),
    path("", include("agents.vendor_keys.urls")),
    path("", include("agents.phone_numbers.urls")),
    path("", include("calls.urls")),
]
