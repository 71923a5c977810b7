"""Runs tap-tiktok-ads unchanged against another origin: discovers, selects every stream, syncs to stdout.

Its host is fixed, so a transport adapter of `requests` sends what is meant for TikTok to the origin given.
Usage: run_tap.py <origin> <config.json> <folder for its catalog>
"""

import contextlib
import io
import json
import os
import sys
from urllib.parse import urlsplit, urlunsplit

import requests.sessions
from requests.adapters import HTTPAdapter

origin = urlsplit(sys.argv[1])
config_path = sys.argv[2]
catalog_path = os.path.join(sys.argv[3], "catalog.json")


class Redirected(HTTPAdapter):
    def send(self, request, **kwargs):
        asked = urlsplit(request.url)
        if asked.hostname != "business-api.tiktok.com":
            raise RuntimeError("The tap called an unexpected host.")
        request.url = urlunsplit((origin.scheme, origin.netloc, asked.path, asked.query, ""))
        return super().send(request, **kwargs)


requests.sessions.HTTPAdapter = Redirected

import tap_tiktok_ads  # noqa: E402  (the adapter must be in place before a session is made)

sys.argv = ["tap", "--config", config_path, "--discover"]
discovered = io.StringIO()
with contextlib.redirect_stdout(discovered):
    tap_tiktok_ads.main()
catalog = json.loads(discovered.getvalue())
for stream in catalog["streams"]:
    for entry in stream["metadata"]:
        entry["metadata"]["selected"] = True
with open(catalog_path, "w", encoding="utf-8") as file:
    json.dump(catalog, file)

sys.argv = ["tap", "--config", config_path, "--catalog", catalog_path]
tap_tiktok_ads.main()
