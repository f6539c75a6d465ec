"""A certificate authority of the pretend PayPal's own: root, intermediate, and the leaf that signs its messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SIGNER = "messageverificationcerts.sandbox.paypal.com"
BEGINS, LASTS = datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=730)


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """The key of one of the parties, made once in a run."""
    return rsa.generate_private_key(65537, 2048)


def root_pem() -> bytes:
    """What is to be trusted."""
    return _pem(_authority("root", "root", path_length=None))


def served(kind: str = "good") -> bytes:
    """What is served under a certificate's address: `good`, or with one thing wrong."""
    leaf = _leaf(
        name="messages.example.org" if kind == "other name" else SIGNER,
        ends=BEGINS + timedelta(days=30) if kind == "expired" else BEGINS + LASTS,
        signed_by="stranger" if kind == "foreign" else "intermediate",
    )
    between = [] if kind == "alone" else [_authority("intermediate", "root", path_length=0)]
    return b"".join(_pem(one) for one in (leaf, *between))


def _authority(name: str, signed_by: str, path_length: int | None) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    made = _begun(name, signed_by, BEGINS + 5 * LASTS)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
    return made.add_extension(usage, critical=True).sign(key(signed_by), hashes.SHA256())


def _leaf(name: str, ends: datetime, signed_by: str) -> x509.Certificate:
    made = _begun("leaf", signed_by, ends)
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    return made.sign(key(signed_by), hashes.SHA256())


def _begun(name: str, signed_by: str, ends: datetime) -> x509.CertificateBuilder:
    public, issuer = key(name).public_key(), key(signed_by).public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(signed_by))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGINS)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Pretend PayPal {name}")])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
