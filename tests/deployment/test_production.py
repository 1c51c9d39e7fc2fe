"""The commands of docker-compose.yml, run here as the containers run them.

Production settings, real PostgreSQL and Valkey, an S3 server in place of the store; only addresses differ.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import environ
import psycopg
import pytest
import requests
from moto.server import ThreadedMotoServer

from tests.deployment.compose import ROOT, Service, example_variables, services
from tests.support.postgres import programs, temporary_postgres
from tests.support.site import free_port
from tests.support.valkey import redis_url, temporary_valkey
from tests.support.waiting import wait_until

pytestmark = pytest.mark.postgres
START_SECONDS = 300.0  # a few where nothing else runs
HOST = "vertebase.example.org"


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen[bytes]
    log: Path

    def says(self, words: str) -> bool:
        """Whether the log has these words; an end before that is an error that shows the log."""
        text = self.log.read_text()
        assert self.process.poll() is None, text
        return words in text


class Production:
    """The stack of the compose file on this machine: run a service's command, or keep it running."""

    def __init__(self, folder: Path, addresses: dict[str, str]) -> None:
        self.folder = folder
        self.services = services(
            example_variables() | {"DJANGO_SECRET_KEY": "k" * 25 + "0123456789abcdefghijklmnopq"}
        )
        self.addresses = addresses
        self.started = itertools.count()

    def environment(self, service: Service) -> dict[str, str]:
        own = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
        path = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"
        return own | service.environment | self.addresses | {"PATH": path, "HOSTNAME": socket.gethostname()}

    def run(self, name: str, *command: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        """Run a command in the environment of service `name`: its own unless one is given."""
        service = self.services[name]
        return subprocess.run(
            list(command) or service.command,
            cwd=ROOT,
            env=self.environment(service),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    @contextmanager
    def running(self, name: str, command: list[str]) -> Iterator[Running]:
        """Keep a command running in the environment of service `name`."""
        log = self.folder / f"{name}-{next(self.started)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment(self.services[name]),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                yield Running(process, log)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGTERM)
                process.wait(timeout=30)


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    if programs() is None:
        pytest.skip("PostgreSQL's server programs are not on this machine")
    folder = tmp_path_factory.mktemp("production")
    with ExitStack() as stack:
        database = stack.enter_context(temporary_postgres())
        valkey = stack.enter_context(temporary_valkey())
        store = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        store.start()
        stack.callback(store.stop)
        host, port = store.get_host_and_port()
        site = Production(
            folder,
            {
                "DATABASE_URL": database,
                "REDIS_URL": redis_url(valkey),
                "S3_ENDPOINT_URL": f"http://{host}:{port}",
                "VERTEBASE_VAR": str(folder / "var"),
            },
        )
        prepared = site.run("prepare")
        assert prepared.returncode == 0, prepared.stdout + prepared.stderr
        yield site


@contextmanager
def web(production: Production, **environment: str) -> Iterator[str]:
    """The web service on a free port of loopback; yields its address."""
    port = free_port()
    replaced = {"0.0.0.0": "127.0.0.1", "8000": str(port), "2": "1"}
    command = [replaced.get(word, word) for word in production.services["web"].command]
    command = ["env", *(f"{name}={value}" for name, value in environment.items()), *command]
    with production.running("web", command) as service:
        address = f"http://127.0.0.1:{port}"
        try:
            wait_until(
                lambda: status(f"{address}/healthz") == 200, seconds=START_SECONDS, what="the web service"
            )
        except TimeoutError as error:
            raise AssertionError(service.log.read_text()) from error
        yield address


@pytest.fixture(scope="module")
def site(production: Production) -> Iterator[str]:
    """The address of a web service that the tests share."""
    with web(production) as address:
        yield address


def status(url: str, **headers: str) -> int:
    request = urllib.request.Request(
        url, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    opener = urllib.request.build_opener(NoRedirect)
    try:
        return int(opener.open(request, timeout=10).status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


@pytest.mark.slow
def test_preparing_twice_is_harmless(production: Production) -> None:
    again = production.run("prepare")
    assert again.returncode == 0, again.stderr
    assert "bucket vertebase is there" in again.stdout


def test_django_has_nothing_to_say_against_the_settings(production: Production) -> None:
    checked = production.run("web", "python", "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    "name", ["DJANGO_SECRET_KEY", "DATABASE_URL", "REDIS_URL", "S3_BUCKET", "VERTEBASE_ORIGIN"]
)
def test_a_missing_setting_is_named(production: Production, name: str) -> None:
    started = production.run("web", "env", "-u", name, "python", "manage.py", "check")
    assert started.returncode != 0
    assert name in started.stderr.splitlines()[-1]


def test_the_web_service_serves_behind_tls_and_sends_plain_http_there(
    production: Production, site: str
) -> None:
    assert status(f"{site}/api/v1/config", Host=HOST, X_Forwarded_Proto="https") == 200
    assert status(f"{site}/api/v1/config", Host=HOST) == 301
    assert status(f"{site}/api/v1/config", Host="elsewhere.example.org", X_Forwarded_Proto="https") == 400
    assert production.run("web", *health_on(production, site)).returncode == 0


def health_on(production: Production, address: str) -> list[str]:
    port = address.rsplit(":", 1)[1]
    return [word.replace("8000", port) for word in production.services["web"].health_command]


@pytest.mark.parametrize(
    "name",
    [pytest.param(f"worker-{one}", marks=pytest.mark.slow) for one in ("cpu", "io", "gpu", "engine")],
)
def test_a_worker_answers_its_health_check(production: Production, name: str) -> None:
    service = production.services[name]
    with production.running(name, service.command) as worker:
        wait_until(lambda: worker.says(" ready."), seconds=START_SECONDS, what=f"{name} to be ready")
        asked = production.run(name, *service.health_command)
    assert asked.returncode == 0, asked.stderr


@pytest.mark.slow
def test_who_waits_too_long_for_a_lock_is_told_to_come_back(production: Production) -> None:
    """A session that cannot be saved, since somebody else holds the table: no wait without end."""
    email, password = "locked.out@x.test", "correct-horse-battery"
    account = f"create_user(email={email!r}, password={password!r})"
    made = f"from backend.accounts.services import create_user; {account}"
    assert production.run("web", "python", "manage.py", "shell", "-c", made).returncode == 0
    database = environ.Env.db_url_config(production.addresses["DATABASE_URL"])
    person = requests.Session()
    person.headers.update({"Host": HOST, "X-Forwarded-Proto": "https", "Referer": f"https://{HOST}/"})
    asked = {"host": database["HOST"], "dbname": database["NAME"], "user": database["USER"]}
    with web(production, DATABASE_LOCK_SECONDS="1") as address, psycopg.connect(**asked) as other:
        token = str(person.get(f"{address}/", timeout=10).cookies["csrftoken"])
        headers = {"X-CSRFToken": token, "Cookie": f"csrftoken={token}"}
        login = f"{address}/_allauth/browser/v1/auth/login"
        body = {"email": email, "password": password}
        other.execute("LOCK TABLE django_session IN EXCLUSIVE MODE")
        refused = person.post(login, json=body, headers=headers, timeout=30)
        other.rollback()
        taken = person.post(login, json=body, headers=headers, timeout=30)
    assert (refused.status_code, refused.json()["code"]) == (503, "busy")
    assert int(refused.headers["Retry-After"]) > 0
    assert taken.status_code == 200, taken.text


@pytest.mark.slow
def test_the_sweep_runs_until_it_is_stopped(production: Production) -> None:
    with production.running("sweep", production.services["sweep"].command) as sweep:
        wait_until(lambda: sweep.says("sweep"), seconds=START_SECONDS, what="the sweep to say something")
        assert "Traceback" not in sweep.log.read_text()


@pytest.fixture(scope="module")
def nginx() -> str:
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("nginx is not on this machine")
    return program


@contextmanager
def edge(nginx: str, folder: Path, site: str, *, trusted_proxy: str = "127.0.0.1/32") -> Iterator[str]:
    """nginx with docker/nginx.conf, its variables filled in as the image's entry point does."""
    port = free_port()
    pages = folder / "pages"
    (pages / "assets").mkdir(parents=True, exist_ok=True)
    (pages / "assets" / "app-1234.js").write_text("export const asset = 1;\n")
    template = (ROOT / "docker" / "nginx.conf").read_text()
    variables = {
        "SITE_ADDRESS": site.removeprefix("http://"),
        "LISTEN_PORT": f"127.0.0.1:{port}",
        "PAGES_ROOT": str(pages),
        "RESOLVER": "127.0.0.1",
        "TRUSTED_PROXY": trusted_proxy,
    }
    for name, value in variables.items():
        template = template.replace(f"${{{name}}}", value)
    scratch = "".join(
        f"{kind}_temp_path {folder / kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = folder / "nginx.conf"
    # As root nginx would give up its rights and could not read pytest's folders.
    user = "user root;" if os.geteuid() == 0 else ""
    main.write_text(
        f"{user} daemon off; pid {folder / 'nginx.pid'}; error_log stderr; events {{}}\n"
        f"http {{ access_log off; include /etc/nginx/mime.types; {scratch}\n{template}\n}}\n"
    )
    log = (folder / "nginx.log").open("wb")
    process = subprocess.Popen([nginx, "-c", str(main), "-e", "stderr"], stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: listens(port), seconds=START_SECONDS, what="nginx to listen")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_nginx_sends_assets_itself_and_the_rest_to_the_site(nginx: str, site: str, tmp_path: Path) -> None:
    with edge(nginx, tmp_path, site) as front:
        assert status(f"{front}/api/v1/config", Host=HOST, X_Forwarded_Proto="https") == 200
        assert status(f"{front}/_store/anything", Host=HOST) == 404
        with urllib.request.urlopen(f"{front}/assets/app-1234.js") as asset:
            assert asset.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert asset.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
            assert asset.read() == b"export const asset = 1;\n"


STORE_ONE_FILE = """
import json
import numpy as np
from backend.accounts.services import create_token, create_user
from backend.common.storage import put_blob
from backend.imaging.models import Patient, Series, Volume, VolumeBlob
from backend.projects.models import Role
from backend.projects.services import ProjectDraft, create_project

user = create_user(email="keeper@example.org", password="a-long-enough-one", project_right=True)
project = create_project(actor=user, draft=ProjectDraft(name="Kept", protocol_key="multi_rater"))
patient = Patient.objects.create(project=project, pseudonym="sub-0001", identity_hmac="a")
series = Series.objects.create(
    patient=patient, project=project, number=1, uid_hmac="b", source_format="nifti"
)
data = np.arange(1 << 18, dtype="<u4").tobytes()
blob = put_blob(data=data, media_type="application/gzip")
volume = Volume.objects.create(
    series=series, shape=[1, 1, 1], affine_ras_mm=[], spacing_mm=[1, 1, 1], hu_min=0, hu_max=1,
    voxels_sha256="", nifti=blob, slab_index={},
)
VolumeBlob.objects.create(volume=volume, blob=blob, role="slab")
print(json.dumps({
    "path": f"/api/v1/volumes/{volume.pk}/blobs/{blob.sha256}",
    "etag": blob.sha256,
    "token": create_token(user=user, name="test", scope="read")[1],
}))
"""


def test_nginx_sends_stored_files_from_the_object_store(
    production: Production, nginx: str, site: str, tmp_path: Path
) -> None:
    """The site only says who may have a file; its bytes, and ranges of them, come from the store."""
    stored = production.run("web", "python", "manage.py", "shell", "-c", STORE_ONE_FILE)
    assert stored.returncode == 0, stored.stderr
    made = json.loads(stored.stdout.splitlines()[-1])
    signed_in = {"Host": HOST, "X-Forwarded-Proto": "https", "Authorization": f"Bearer {made['token']}"}
    expected = b"".join(number.to_bytes(4, "little") for number in range(1 << 18))
    with edge(nginx, tmp_path, site) as front:
        straight = requests.get(site + made["path"], headers=signed_in, timeout=20)
        assert straight.headers["X-Accel-Redirect"].startswith("/_store/")
        assert straight.content == b""
        whole = requests.get(front + made["path"], headers=signed_in, timeout=20)
        assert whole.status_code == 200, whole.text
        assert whole.content == expected
        assert whole.headers["Content-Type"] == "application/gzip"
        assert whole.headers["ETag"] == f'"{made["etag"]}"'
        assert whole.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert "X-Store-Url" not in whole.headers
        part = requests.get(
            front + made["path"], headers=signed_in | {"Range": "bytes=1000-1999"}, timeout=20
        )
        assert (part.status_code, part.content) == (206, expected[1000:2000])
        del signed_in["Authorization"]
        assert requests.get(front + made["path"], headers=signed_in, timeout=20).status_code in {401, 403}
