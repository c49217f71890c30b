#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what the sample's web shop is filled with. Usage: sampleseed.py FOLDER

FOLDER/seed      texts for sampleprogram.c
FOLDER/env       NAME=value lines for the container
FOLDER/planted.tsv   kind, value and place of each secret (values with \\xHH for what is not printable)

Every secret is made up: random text with "Fake" in it where its form leaves room for that, keys made for this purpose
only, names under .example. They are well-formed, checksums included, so that a scanner has to take them seriously."""

import base64
import hashlib
import hmac
import json
import os
import random
import string
import subprocess
import sys
import tempfile
import zlib

RANDOM = random.Random("cryoscope sample 1")
ALNUM = string.ascii_letters + string.digits
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def text(length, alphabet=ALNUM):
    return "".join(RANDOM.choice(alphabet) for _ in range(length))


def fake(length, alphabet=ALNUM):
    """Random text of a length with Fake in it."""
    return "Fake" + text(length - 4, alphabet)


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=True, timeout=60).stdout.decode()


def ssh_key():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "deploy@shop.example", "-f", path],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True, timeout=60)
        with open(path, encoding="ascii") as file:
            return file.read()


def github():
    body = fake(30, BASE62)
    number = zlib.crc32(body.encode())
    check = ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        check = BASE62[digit] + check
    return "ghp_" + body + check


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwt(claims):
    head = b64url(json.dumps({"alg": "HS256", "typ": "JWT"}, separators=(",", ":")).encode())
    body = b64url(json.dumps(claims, separators=(",", ":")).encode())
    mac = hmac.new(fake(32).encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{b64url(mac)}"


def escape(value):
    return "".join(c if " " <= c <= "~" and c != "\\" else "".join(f"\\x{b:02x}" for b in c.encode()) for c in value)


def main():
    folder = sys.argv[1]
    planted, seed, env = [], [], []

    def plant(kind, value, where):
        planted.append((kind, value, where))
        return value

    def put(place, content):
        seed.append(f"{place}\t{escape(content)}\n")

    every = "environment of every task; config.dump; spec.dump"
    db_password = plant("password", fake(20), f"env DB_PASSWORD and in DATABASE_URL ({every}); etc/shop/shop.ini in "
                        "rootfs-diff.tar; base64 in an Authorization header on the heap of shop-web")
    database = plant("url with password", f"postgres://shop:{db_password}@db.shop.example:5432/orders",
                     f"env DATABASE_URL ({every})")
    stripe = plant("stripe key", "sk_live_" + fake(24),
                   f"env STRIPE_SECRET_KEY ({every}); UTF-16 on the heap of shop-web")
    session = plant("secret", fake(40), f"env SESSION_SECRET ({every})")
    admin = plant("password", fake(16), "--admin-password= in argv of every task; config.dump; spec.dump")
    env += [f"DB_PASSWORD={db_password}", f"DATABASE_URL={database}", f"STRIPE_SECRET_KEY={stripe}",
            f"SESSION_SECRET={session}", "SHOP_NAME=Teapots and Kettles", "SHOP_CURRENCY=EUR", "LOG_LEVEL=info",
            "BUILD_ID=9f2c1e7a-6a53-4c1d-8b0e-2f4d5a6b7c8d"]

    # What the master leaves in the container's changed files.
    shadow_hash = plant("shadow hash", openssl("passwd", "-6", "-salt", "FakeSaltForDemo", fake(12)).strip(),
                        "etc/shadow in rootfs-diff.tar")
    put("shop.file:/etc/shadow", f"root:*:20000:0:99999:7:::\nshopkeeper:{shadow_hash}:20001:0:99999:7:::\n")
    ini_token = plant("token", fake(36), "etc/shop/shop.ini in rootfs-diff.tar")
    put("shop.file:/etc/shop/shop.ini",
        "; The shop's settings\n[database]\nhost = db.shop.example\nuser = shop\n"
        f"password = {db_password}\n\n[warehouse]\nurl = https://warehouse.shop.example/api\ntoken = {ini_token}\n")
    aws_id = plant("aws access key id", "AKIA" + "FAKE" + text(12, string.ascii_uppercase + "234567"),
                   "root/.aws/credentials in rootfs-diff.tar; memfd aws-credentials of shop-backup")
    aws_secret = plant("aws secret access key", fake(40, ALNUM + "+/"),
                       "root/.aws/credentials in rootfs-diff.tar; memfd aws-credentials of shop-backup")
    credentials = f"[default]\naws_access_key_id = {aws_id}\naws_secret_access_key = {aws_secret}\nregion = eu-central-1\n"
    put("shop.file:/root/.aws/credentials", credentials)
    put("shop.file:/root/.ssh/id_ed25519",
        plant("private key (OpenSSH)", ssh_key(), "root/.ssh/id_ed25519 in rootfs-diff.tar"))
    deploy_token = plant("github token", github(), "heap of shop-web; root/.ash_history in rootfs-diff.tar")
    put("shop.file:/root/.ash_history",
        "cd /srv/shop\n"
        f"git clone https://deploy:{deploy_token}@git.shop.example/teapots/shop.git\nls -l\nvi /etc/shop/shop.ini\n")

    # The web process: requests, sessions, a key.
    put("shop-web.heap", plant("private key (PEM)",
                               openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
                               "heap of shop-web (the shop's TLS key)"))
    put("shop-web.heap", f'{{"remote":"origin","user":"deploy","token":"{deploy_token}","branch":"main"}}')
    bearer = plant("authorization header", fake(43), "Bearer in an HTTP request on the heap of shop-web")
    put("shop-web.heap", "POST /api/orders HTTP/1.1\r\nHost: warehouse.shop.example\r\n"
        f"Authorization: Bearer {bearer}\r\nContent-Type: application/json\r\nContent-Length: 44\r\n\r\n"
        '{"order":1042,"item":"teapot, blue","pcs":2}')
    basic = plant("authorization header", base64.b64encode(f"shop:{db_password}".encode()).decode(),
                  "Basic in an HTTP request on the heap of shop-web")
    put("shop-web.heap", "GET /reports/daily HTTP/1.1\r\nHost: reports.shop.example\r\n"
        f"Authorization: Basic {basic}\r\nAccept: text/csv\r\n\r\n")
    put("shop-web.heap16", f"stripe.apiKey={stripe}")
    put("shop-web.heap", "<html><head><title>Teapots and Kettles</title></head><body><h1>Our teapots</h1><ul>"
        "<li>Teapot, blue, 24.90 EUR</li><li>Kettle, copper, 59.00 EUR</li></ul></body></html>")
    smtp = plant("password", fake(18), "JSON on the heap of shop-web (smtp_password)")
    put("shop-web.heap", json.dumps({"smtp_host": "mail.shop.example", "smtp_user": "orders", "smtp_password": smtp,
                                     "from": "orders@shop.example"}))
    google = plant("google api key", "AIza" + fake(35, ALNUM + "-_"), "JSON on the heap of shop-web (maps)")
    put("shop-web.heap", json.dumps({"maps": {"provider": "google", "key": google, "zoom": 12}}))
    token = plant("jwt", jwt({"sub": "customer-118", "name": "Ada Sample", "iat": 1750000000, "exp": 1750003600}),
                  "stack of shop-web's thread session")
    put("shop-web.thread", f"GET /basket HTTP/1.1\r\nHost: shop.example\r\nCookie: shop_session={token}\r\n\r\n")
    azure = plant("azure storage key", base64.b64encode(bytes(RANDOM.randrange(256) for _ in range(64))).decode(),
                  "shared memory of shop-web (connection string)")
    put("shop-web.shared", "DefaultEndpointsProtocol=https;AccountName=fakeshoppictures;"
        f"AccountKey={azure};EndpointSuffix=core.windows.net")
    put("shop-web.log:/var/log/shop/access.log",
        '192.0.2.17 - - [10/Jun/2025:09:14:02 +0000] "GET /teapots HTTP/1.1" 200 5120\n'
        '198.51.100.9 - - [10/Jun/2025:09:14:40 +0000] "POST /basket HTTP/1.1" 302 0\n')

    # The mailer and the backup.
    gitlab = plant("gitlab token", "glpat-" + fake(20), "pipe of shop-mailer")
    put("shop-mailer.pipe", f"job=fetch-templates\nhost=gitlab.shop.example\nprivate_token={gitlab}\n")
    slack = plant("slack token", f"xoxb-{text(12, string.digits)}-{text(12, string.digits)}-{fake(24)}",
                  "unix socket queue of shop-mailer")
    put("shop-mailer.socket", f'{{"channel":"#orders","text":"Order 1042 is on its way","token":"{slack}"}}')
    put("shop-mailer.heap", "Dear Ada Sample,\nthank you for your order 1042: 2 x teapot, blue.\nTeapots and Kettles\n")
    put("shop-backup.memfd:aws-credentials", credentials)
    service_key = plant("private key (PEM in JSON)",
                        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
                        "ghost file /tmp/service-account.json of shop-backup, with \\n for line ends")
    put("shop-backup.ghost:/tmp/service-account.json", json.dumps(
        {"type": "service_account", "project_id": "fake-teapots", "private_key_id": hashlib.sha1(b"fake").hexdigest(),
         "private_key": service_key, "client_email": "backup@fake-teapots.iam.gserviceaccount.example"}, indent=2))
    azure_client = plant("azure client secret", text(3) + "8Q~" + fake(34, ALNUM + "-_."), "heap of shop-backup")
    put("shop-backup.heap", f"AZURE_TENANT_ID=7d1f0a52-0b7e-4e0e-9a59-0123456789ab\nAZURE_CLIENT_SECRET={azure_client}\n")

    with open(os.path.join(folder, "seed"), "w", encoding="ascii") as file:
        file.writelines(seed)
    with open(os.path.join(folder, "env"), "w", encoding="ascii") as file:
        file.write("\n".join(env) + "\n")
    with open(os.path.join(folder, "admin"), "w", encoding="ascii") as file:
        file.write(admin)
    with open(os.path.join(folder, "planted.tsv"), "w", encoding="ascii") as file:
        file.write("kind\tvalue\twhere\n")
        file.writelines(f"{kind}\t{escape(value)}\t{where}\n" for kind, value, where in planted)


main()
