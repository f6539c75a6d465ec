"""Https in front of a server that speaks http, with a certificate of its own making."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ssl
import subprocess
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CHUNK = 65536


class Tls:
    """Takes https for `host` at `port` and passes it on to `to_port`, both on loopback, in a process of its own."""

    def __init__(self, folder: Path, host: str, port: int, to_port: int) -> None:
        self.port = port
        module = [sys.executable, "-m", "tests.bed.tls"]
        self._command = [*module, str(_certificate(folder, host)), str(port), str(to_port)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Listens from when this returns."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self._process.stdout
        assert self._process.stdout.readline() == b"listening\n"

    def stop(self) -> None:
        """Ends it with all that is open."""
        assert self._process
        self._process.kill()
        self._process.communicate()


async def _serve(certificate: str, port: int, to_port: int) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward, back = await asyncio.open_connection("127.0.0.1", to_port)
        await asyncio.gather(_copy(reader, back), _copy(onward, writer))

    server = await asyncio.start_server(pass_on, "127.0.0.1", port, ssl=context)
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    await server.serve_forever()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, ssl.SSLError):  # who asked has gone
        while chunk := await source.read(CHUNK):
            target.write(chunk)
            await target.drain()
    target.close()


def _certificate(folder: Path, host: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    both = folder / "certificate.pem"
    both.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return both


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
