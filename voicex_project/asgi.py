"""What both servers run: HTTP goes to Django, sockets to the voice edge."""

import os
import warnings

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicex_project.settings")
# NumPy's matrices are as small as a caller's frame of sound: more threads would only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Of whitenoise's files, which Django then reads in a thread, as it should.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
# Before the consumers are imported: this fills Django's registry of apps.
django_application = get_asgi_application()

from voice.edge.routing import websocket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter({"http": django_application, "websocket": URLRouter(websocket_urlpatterns)})
