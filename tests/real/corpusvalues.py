# SPDX-License-Identifier: Apache-2.0
"""Fresh secrets of many kinds, and the lines in which programs hold them. None is real."""

import base64
import hashlib
import hmac
import json
import secrets
import string
import subprocess
import zlib

import criutree

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
HEX = "0123456789abcdef"
URLSAFE = string.ascii_letters + string.digits + "-_"


def checked(prefix):
    body = criutree.text(30, BASE62)
    number, check = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        check = BASE62[digit] + check
    return prefix + body + check


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwt():
    parts = b64url(b'{"alg":"HS256","typ":"JWT"}') + "." + b64url(
        json.dumps({"sub": criutree.text(8), "iat": 1700000000}).encode())
    return parts + "." + b64url(hmac.digest(secrets.token_bytes(32), parts.encode(), hashlib.sha256))


def pem(*options):
    return subprocess.run(["openssl", "genpkey", *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=True, timeout=60).stdout.decode()


def crypt_hash(password):
    done = subprocess.run(["openssl", "passwd", "-6", password], stdout=subprocess.PIPE, check=True, timeout=60)
    return done.stdout.decode().strip()


def fresh():
    """kind: (the value alone, the line that a program holds). All kinds here are to be found by rule."""
    text = criutree.text
    values = {
        "github": checked("ghp_"),
        "npm": checked("npm_"),
        "gitlab": "glpat-" + text(20, URLSAFE[:-2]),
        "slack": f"xoxb-{text(12, string.digits)}-{text(12, string.digits)}-{text(24)}",
        "stripe": "sk_live_" + text(24),
        "google": "AIza" + text(35, URLSAFE[:-2]),
        "sendgrid": f"SG.{text(22)}.{text(43)}",
        "anthropic": f"sk-ant-api03-{text(93)}AA",
        "openai": "sk-proj-" + text(74),
        "vault": "hvs." + text(90),
        "digitalocean": "dop_v1_" + text(64, HEX),
        "huggingface": "hf_" + text(34, string.ascii_letters),
        "shopify": "shpat_" + text(32, HEX),
        "aws-id": "AKIA" + text(16, string.ascii_uppercase + "234567"),
        "jwt": jwt(),
    }
    lines = {kind: (value, value) for kind, value in values.items()}

    def line(kind, value, form):
        lines[kind] = (value, form.replace("@", value))

    password = text(16)
    lines["url"] = (password, f"postgresql://app:{password}@db-{text(4).lower()}.internal:5432/orders")
    line("aws-secret", text(40, BASE62 + "+/"), "aws_secret_access_key = @")
    line("bearer", text(40), "Authorization: Bearer @\r\n")
    basic = base64.b64encode(f"{text(6)}:{text(14)}".encode()).decode()
    line("basic", basic, "Authorization: Basic @\r\n")
    line("cookie", text(32), "Cookie: lang=en; sessionid=@\r\n")
    line("api-key-header", text(32), "X-Api-Key: @\r\n")
    line("password-hash", crypt_hash(text(12)), "deploy:@:19700:0:99999:7:::")
    line("assignment", text(20), "SMTP_PASSWORD=@")
    line("json-password", text(18), '{"user": "shop", "password": "@"}')
    line("ini-password", text(18), "[mail]\npassword = @\n")
    key = pem("-algorithm", "ed25519").strip()
    lines["pem"] = (key, key + "\n")
    return lines


TIER_B = {"assignment", "json-password", "ini-password", "aws-secret"}
BARE = {"requirepass"}  # nothing beside it in memory tells what it is: for the search of known values


def decoys():
    """Lines that are no secrets; nothing of them may be reported."""
    text = criutree.text
    return [
        "ghp_" + text(36, BASE62),  # the checksum does not fit
        "glpat-" + text(12),
        "AKIAIOSFODNN7EXAMPLE",
        "-----BEGIN PRIVATE KEY-----\n(key follows)\n",
        "password = ${DB_PASSWORD}",
        "password: changeme",
        "https://user@example.org/path:80",
        "sha256:" + text(64, HEX),
        "build-id " + text(40, HEX),
        "7d1f0a52-0b7e-4e0e-9a59-" + text(12, HEX),
        "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + secrets.token_bytes(300)).decode(),
        "eyJhbGciOiJub25lIn0.bm90IGpzb24.x",
        "Authorization: Bearer <token>",
    ]
