"""A real nginx in front of a live server, by the very file that is shipped for it."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import subprocess
import time
from pathlib import Path

from tests.bed.live import CHECKOUT, free_port

SHIPPED = CHECKOUT / "deploy" / "nginx.conf"
HOW = "install it (Debian: apt-get install nginx-light), then run the tests again"
START_SECONDS_MAX = 10

_AROUND = """{user} daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{site}
}}
"""


def found() -> str | None:
    """The program, which Debian keeps where only root looks."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def _user() -> str:
    """Root's workers would change to a user to whom the folders of tests are closed."""
    return "user root;" if os.geteuid() == 0 else ""


class Nginx:
    """nginx on `port`, leading to `upstream_port`; plain HTTP, since the certificate is the operator's."""

    def __init__(self, folder: Path, upstream_port: int) -> None:
        self.port = free_port()
        self.folder = folder
        site = SHIPPED.read_text(encoding="utf-8")
        for shipped, here in (
            ("/var/cache/nginx-tidemark", f"{folder}/cache"),
            ("server 127.0.0.1:8000;", f"server 127.0.0.1:{upstream_port};"),
            ("listen 443 ssl http2;", f"listen 127.0.0.1:{self.port};"),
            ("server_name give.example.org;", "server_name 127.0.0.1;"),
        ):
            assert site.count(shipped) == 1, f"{shipped} stands {site.count(shipped)} times in {SHIPPED.name}"
            site = site.replace(shipped, here)
        site = "\n".join(line for line in site.splitlines() if not line.strip().startswith("ssl_certificate"))
        (folder / "nginx.conf").write_text(_AROUND.format(folder=folder, site=site, user=_user()), encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts and waits until it answers; raises with its log when it doesn't."""
        program = found()
        assert program is not None
        (self.folder / "cache").mkdir(exist_ok=True)
        command = [program, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        with (self.folder / "start.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        until = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < until and self._process.poll() is None:
            with contextlib.suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
                connection.connect()
                connection.close()
                return
            time.sleep(0.05)
        raise AssertionError((self.folder / "start.log").read_text())

    def stop(self) -> None:
        """Ends it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=10)

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """(status, headers in lower case, body) of one request; `x_y` is the header `x-y`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body=body, headers=sent)
        answer = connection.getresponse()
        made = (answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        connection.close()
        return made
