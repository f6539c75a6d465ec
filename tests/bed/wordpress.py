"""A real WordPress from Debian's packages: its own database on a socket, PHP's own server, two who write.

It wants root, since Debian's package reads its settings from /etc/wordpress and WordPress resolves host names itself.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from tests.bed.live import free_port

PACKAGES = (
    "wordpress",
    "wordpress-theme-twentytwentythree",
    "mariadb-server",
    "php-cli",
    "php-mysql",
    "php-curl",
    "php-gd",
    "php-xml",
    "php-mbstring",
    "php-intl",
)
INSTALL = (
    "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "
    + " ".join(PACKAGES)
)
HOW = "as root: apt-get install --no-install-recommends " + " ".join(PACKAGES)
SOURCE = Path("/usr/share/wordpress")
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")  # several at once each have a name, and so settings, of their own
HOST, WIDGETS = f"wp{WORKER}.localhost", "widgets.localhost"
# What WordPress 6.1 says of itself on a PHP that is newer, and where there is no internet.
ITS_OWN = re.compile(rf"PHP Deprecated: .* in {SOURCE}/|to WordPress\.org")
PASSWORDS = {"admin": "a long enough word", "author": "another long word"}
START_SECONDS_MAX = 60
CONFIG = Path(f"/etc/wordpress/config-{HOST}.php")  # where Debian's package looks for a host's settings

_CONFIG = """<?php
define('DB_NAME', 'wp'); define('DB_USER', 'wp'); define('DB_PASSWORD', 'wp');
define('DB_HOST', 'localhost:{folder}/db/s.sock'); define('WP_CONTENT_DIR', '{folder}/content');
define('WP_ENVIRONMENT_TYPE', 'local'); define('DISABLE_WP_CRON', true); define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', true); define('WP_DEBUG_DISPLAY', false); define('WP_DEBUG_LOG', '{folder}/debug.log');
"""
# What a site on the internet needs no leave for: to ask a host at home, and at a port that is none of the web's.
_AT_HOME = """<?php
add_filter('http_request_host_is_external', fn($ok, $host) => $host === '{widgets}' ? true : $ok, 10, 2);
add_filter('http_allowed_safe_ports', fn($ports, $host) => $host === '{widgets}' ? [...$ports, {port}] : $ports, 10, 2);
// Of a certificate that nobody signed.
add_filter('http_request_args', fn($asked) => ['sslverify' => false] + $asked);
"""
_ROUTER = """<?php
$path = urldecode(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)); $root = '/usr/share/wordpress';
$types = ['css' => 'text/css', 'js' => 'text/javascript', 'svg' => 'image/svg+xml', 'png' => 'image/png'];
$own = '{folder}/content' . substr($path, strlen('/wp-content'));
if (str_starts_with($path, '/wp-content/') && is_file($own) && !str_ends_with($own, '.php')) {{
  header('Content-Type: ' . ($types[pathinfo($own, PATHINFO_EXTENSION)] ?? 'application/octet-stream'));
  readfile($own); return true;
}}
if (is_file($root . $path) && !str_ends_with($path, '.php')) return false;
$page = is_file($root . $path) ? $path : rtrim($path, '/') . '/index.php';
if ($path === '/' || !is_file($root . $page)) $page = '/index.php';
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = $page; $_SERVER['SCRIPT_FILENAME'] = $root . $page;
chdir(dirname($root . $page)); require $root . $page; return true;
"""
_PEOPLE = """<?php
$_SERVER['HTTP_HOST'] = '{host}'; require '/usr/share/wordpress/wp-load.php';
update_option('siteurl', '{url}'); update_option('home', '{url}');
wp_insert_user(['user_login' => 'author', 'user_pass' => '{author}', 'role' => 'author',
  'user_email' => 'a@w.example']);
$made = [];
foreach (['admin', 'author'] as $name)
{{
  $id = get_user_by('login', $name)->ID;
  $made[$name] = WP_Application_Passwords::create_new_application_password($id, ['name' => 't'])[0];
}}
global $wp_rewrite; $wp_rewrite->set_permalink_structure('/%postname%/'); $wp_rewrite->flush_rules(true);
echo json_encode($made);
"""


def lacking() -> str | None:
    """Why it cannot be started here, or None."""
    if os.geteuid() != 0:
        return "WordPress needs root here"
    found = SOURCE.is_dir() and shutil.which("php") and shutil.which("mariadbd", path="/usr/sbin:/usr/bin")
    return None if found else "WordPress, PHP or MariaDB is missing"


class WordPress:
    """One site at `url`, in `folder`, which may speak with Tidemark at `widgets_port`."""

    def __init__(self, folder: Path, widgets_port: int) -> None:
        self.folder = folder
        self.url = f"http://{HOST}:{free_port()}"
        self.widgets_port = widgets_port
        self._processes: list[subprocess.Popen[bytes]] = []
        self._passwords: dict[str, str] = {}

    def start(self) -> None:
        """From nothing to a site with an administrator and an author."""
        self._lay_out()
        socket = self.folder / "db" / "s.sock"
        database = ["--no-defaults", "--user=root", f"--datadir={self.folder}/db", f"--tmpdir={self.folder}"]
        install = [*database, "--auth-root-authentication-method=socket", "--skip-test-db"]
        self._run(["mariadb-install-db", *install])
        self._spawn(
            ["mariadbd", *database, f"--socket={socket}", f"--pid-file={self.folder}/d.pid", "--skip-networking"]
        )
        self._until(socket.exists)
        grants = "CREATE DATABASE wp CHARACTER SET utf8mb4; CREATE USER wp@localhost IDENTIFIED BY 'wp';"
        made = [*("mariadb", "--no-defaults", "-S", str(socket), "-u", "root")]
        self._run([*made, "-e", f"{grants} GRANT ALL ON wp.* TO wp@localhost"])
        address = self.url.removeprefix("http://")
        router = str(self.folder / "router.php")
        self._spawn(["php", "-S", address, "-t", str(SOURCE), router], PHP_CLI_SERVER_WORKERS="6")
        self._until(lambda: self._answers("/wp-admin/install.php"))
        first = {"weblog_title": "The Herald", "user_name": "admin", "pw_weak": "1", "admin_email": "e@w.example"}
        words = {"admin_password": PASSWORDS["admin"], "admin_password2": PASSWORDS["admin"], "language": ""}
        urllib.request.urlopen(f"{self.url}/wp-admin/install.php?step=2", urlencode(first | words).encode()).read()
        told = self._run(["php", "-d", "display_errors=0", str(self.folder / "people.php")])
        self._passwords = json.loads(told[told.index("{") :])

    def stop(self) -> None:
        """Ends its processes, each with its workers."""
        for process in reversed(self._processes):
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=20)
        CONFIG.unlink(missing_ok=True)

    def publish(self, who: str, title: str, content: str) -> str:
        """The address of a new article by `admin` or `author`."""
        login = base64.b64encode(f"{who}:{self._passwords[who]}".encode()).decode()
        body = json.dumps({"title": title, "content": content, "status": "publish"}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {login}"}
        request = urllib.request.Request(f"{self.url}/wp-json/wp/v2/posts", body, headers)
        return str(json.load(urllib.request.urlopen(request))["link"])

    def add_plugin(self, made: bytes) -> None:
        """Unpacks the zip and activates what is in it, as an administrator would."""
        (self.folder / "debug.log").write_text("")  # what was complained of before is not about the plugin
        with zipfile.ZipFile(io.BytesIO(made)) as packed:
            packed.extractall(self.folder / "content" / "plugins")
        self.php(
            "require_once ABSPATH . 'wp-admin/includes/plugin.php';"
            "$refused = activate_plugin('tidemark/tidemark.php');"
            "if (is_wp_error($refused)) { echo $refused->get_error_message(); exit(1); }"
        )

    def php(self, code: str) -> str:
        """What `code` prints inside of WordPress."""
        script = self.folder / "asked.php"
        script.write_text(f"<?php $_SERVER['HTTP_HOST'] = '{HOST}'; require '{SOURCE}/wp-load.php';\n{code}")
        return self._run(["php", "-d", "display_errors=0", str(script)])

    def complaints(self) -> str:
        """What PHP and WordPress complained of until now, deprecations included, except what is WordPress' own."""
        log = self.folder / "debug.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return "\n".join(line for line in lines if not ITS_OWN.search(line))

    def read(self, address: str) -> str:
        """What a visitor without a browser gets."""
        return str(urllib.request.urlopen(address).read().decode())

    def _lay_out(self) -> None:
        for name in ("content/mu-plugins", "content/themes"):
            (self.folder / name).mkdir(parents=True)
        for theme in (SOURCE / "wp-content" / "themes").iterdir():
            shutil.copytree(theme, self.folder / "content" / "themes" / theme.name)
        home = _AT_HOME.format(widgets=WIDGETS, port=self.widgets_port)
        (self.folder / "content/mu-plugins/at-home.php").write_text(home)
        (self.folder / "router.php").write_text(_ROUTER.format(folder=self.folder))
        people = _PEOPLE.format(host=HOST, url=self.url, author=PASSWORDS["author"])
        (self.folder / "people.php").write_text(people)
        CONFIG.write_text(_CONFIG.format(folder=self.folder))
        hosts = Path("/etc/hosts")
        if HOST not in hosts.read_text():
            with hosts.open("a") as file:
                file.write(f"127.0.0.1 {HOST} {WIDGETS}\n")

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise AssertionError(f"{command[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def _spawn(self, command: list[str], **environment: str) -> None:
        with (self.folder / f"{command[0]}.log").open("wb") as log:
            options = {"stdout": log, "stderr": log, "start_new_session": True}
            self._processes.append(subprocess.Popen(command, env=os.environ | environment, **options))  # type: ignore[call-overload]

    def _answers(self, path: str) -> bool:
        try:
            return bool(urllib.request.urlopen(self.url + path, timeout=5).status == 200)
        except OSError:
            return False

    def _until(self, ready: Callable[[], bool]) -> None:
        until = time.monotonic() + START_SECONDS_MAX
        while not ready():
            if time.monotonic() > until:
                raise AssertionError(f"WordPress does not start; its logs are in {self.folder}")
            time.sleep(0.1)
