# SPDX-License-Identifier: Apache-2.0
"""Real programs with planted keys: what each of them is given, and that all that was started is killed."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import textwrap

import criutree
import keyforms

CC = os.environ.get("CC", "cc")
RSA = {"rsa2048": 2048, "rsa3072": 3072, "rsa4096": 4096}
CURVES = {"p256": "prime256v1", "p384": "secp384r1", "p521": "secp521r1"}


def openssl(*command):
    return criutree.run("openssl", *command, timeout=120, check=True).stdout


def make_key(path, kind):
    """A private key in PEM."""
    if kind in RSA:
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{RSA[kind]}", "-out", path)
    elif kind in CURVES:
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{CURVES[kind]}", "-out", path)
    else:
        openssl("genpkey", "-algorithm", kind, "-out", path)
    return path


def plants_of(path, name):
    """[(kind, name, value)] of a private key's file."""
    plants = []
    for number, value in keyforms.private_numbers(path).items():
        kind = {"p": "rsa prime", "q": "rsa prime", "private": "scalar or seed"}.get(number, "rsa number")
        plants.append((kind, f"{name} {number}", value))
    return plants


class Program:
    """Use as a context manager. `plants`: (kind, name, value)."""
    name = "?"
    dump_options = ()

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="cryoscope-keys-")
        self.plants = []
        self.started = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.started:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait(timeout=20)
        if os.environ.get("CRYOSCOPE_KEEP"):
            print(f"kept: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *command, stdin=b"", output="output", wait_for=None, **more):
        """In a session of its own, with nothing of ours open; waits until `wait_for` stands in what it writes."""
        with open(self.path("input"), "wb") as file:
            file.write(stdin)
        with open(self.path("input"), "rb") as given, open(self.path(output), "wb") as written:
            process = subprocess.Popen([str(part) for part in command], cwd="/", start_new_session=True, stdin=given,
                                       stdout=written, stderr=written, **more)
        self.started.append(process)
        if wait_for is not None:
            criutree.wait_for(lambda: wait_for in open(self.path(output), "rb").read() or process.poll() is not None,
                              f"the start of {self.name}", timeout=60)
            if process.poll() is not None:
                raise RuntimeError(f"{self.name} ended: {open(self.path(output), encoding='utf-8', errors='replace').read()}")
        with open(self.path("input"), "wb"):
            pass  # an open file's content is no part of memory, but a ghost would be
        return process

    def dump(self):
        images = self.path("images")
        os.mkdir(images, 0o700)
        done = criutree.run(criutree.criu(), "dump", "-t", self.started[0].pid, "-D", images, "-v4", "-o", "dump.log",
                            "--leave-running", "--tcp-established", "--ext-unix-sk", "--file-locks", "--network-lock", "skip",
                            *self.dump_options, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"criu dump: {done.stderr}\n{criutree._tail(images, 'dump.log')}")
        return images


class Libraries(Program):
    """OpenSSL, libgcrypt and mbedTLS in one program."""
    name = "C libraries"

    def start(self):
        flags = []
        for macro, header, library in (("HAVE_GCRYPT", "gcrypt.h", "-lgcrypt"), ("HAVE_MBEDTLS", "mbedtls/aes.h", "-lmbedcrypto")):
            found = subprocess.run([CC, "-E", "-x", "c", "-"], input=f"#include <{header}>\n".encode(), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, timeout=60)
            flags += [f"-D{macro}", library] if found.returncode == 0 else []
        program = self.path("keyvictim")
        subprocess.run([CC, "-O1", "-o", program, os.path.join(criutree.HERE, "keyvictim.c"),
                        *(flag for flag in flags if flag.startswith("-D")), *(flag for flag in flags if flag.startswith("-l")),
                        "-lcrypto"], check=True, timeout=120)
        commands = []
        libraries = ["openssl", "tables"] + [name for name in ("gcrypt", "mbedtls") if f"-DHAVE_{name.upper()}" in flags]
        for library in libraries:
            for direction in ("enc", "dec"):
                for bits in (128, 192, 256):
                    key = secrets.token_bytes(bits // 8)
                    commands.append(f"{library}-aes {direction} {key.hex()}")
                    self.plants.append(("aes", f"{library} AES-{bits} {direction}", key))
        for kind in (*RSA, *CURVES, "ED25519"):
            path = make_key(self.path(kind + ".pem"), kind)
            self.plants += plants_of(path, kind)
            commands.append(f"openssl-pem {path}")
        self.run(program, stdin="\n".join(commands + [""]).encode(), wait_for=b"ready")


class Nginx(Program):
    """A TLS server whose key files are gone."""
    name = "nginx"

    def start(self):
        if not shutil.which("nginx", path="/usr/sbin:/usr/bin"):
            raise FileNotFoundError("nginx")
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        lines = ""
        for kind in ("rsa2048", "p256"):
            key = make_key(self.path(kind + ".pem"), kind)
            self.plants += plants_of(key, kind)
            openssl("req", "-x509", "-key", key, "-out", self.path(kind + ".crt"), "-days", "30", "-subj", f"/CN={kind}.invalid")
            lines += f"ssl_certificate {self.path(kind + '.crt')}; ssl_certificate_key {key};\n"
        with open(self.path("nginx.conf"), "w", encoding="ascii") as file:
            file.write(f"""daemon off; pid {self.path('pid')}; error_log {self.path('error')}; worker_processes 2; user root;
                events {{ worker_connections 16; }}
                http {{ access_log off; client_body_temp_path {self.folder}; proxy_temp_path {self.folder};
                  fastcgi_temp_path {self.folder}; uwsgi_temp_path {self.folder}; scgi_temp_path {self.folder};
                  server {{ listen 127.0.0.1:{port} ssl; {lines} return 200 ok; }} }}""")
        self.run("/usr/sbin/nginx", "-c", self.path("nginx.conf"), "-e", self.path("error"))

        def answers():
            asked = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}"], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20)
            return b"BEGIN CERTIFICATE" in asked.stdout
        criutree.wait_for(answers, "nginx's answer")
        for kind in ("rsa2048", "p256"):
            os.unlink(self.path(kind + ".pem"))


class TlsServer(Program):
    """openssl s_server with a TLS 1.3 session that is open."""
    name = "openssl s_server"

    def start(self):
        key = make_key(self.path("key.pem"), "p256")
        self.plants += plants_of(key, "p256")
        openssl("req", "-x509", "-key", key, "-out", self.path("crt.pem"), "-days", "30", "-subj", "/CN=a.invalid")
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        os.mkfifo(self.path("hold"))
        log = self.path("keylog")
        self.run("sh", "-c", f"exec openssl s_server -accept 127.0.0.1:{port} -key {key} -cert {self.path('crt.pem')} "
                 f"-tls1_3 -keylogfile {log} 0<>{self.path('hold')}", wait_for=b"ACCEPT")
        self.run("sh", "-c", f"exec openssl s_client -connect 127.0.0.1:{port} -tls1_3 0<>{self.path('hold')}", output="client",
                 wait_for=b"Verify return code")
        os.unlink(key)
        wanted = {"CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0", "EXPORTER_SECRET"}
        criutree.wait_for(lambda: "EXPORTER_SECRET" in open(log, encoding="ascii").read(), "the session's secrets")
        with open(log, encoding="ascii") as file:
            for line in file:
                if line.split()[0] in wanted:
                    self.plants.append(("tls secret", line.split()[0], bytes.fromhex(line.split()[2])))
        os.unlink(log)


class Agent(Program):
    """ssh-agent: its keys are sealed."""
    name = "ssh-agent"
    sealed = 3

    def start(self):
        socket_path = self.path("agent")
        self.run("ssh-agent", "-D", "-a", socket_path)
        criutree.wait_for(lambda: os.path.exists(socket_path), "ssh-agent's socket")
        for kind, bits in (("ed25519", "256"), ("rsa", "2048"), ("ecdsa", "256")):
            path = self.path(kind)
            criutree.run("ssh-keygen", "-q", "-t", kind, "-b", bits, "-N", "", "-f", path, timeout=60, check=True)
            criutree.run("ssh-add", path, timeout=20, check=True, env={**os.environ, "SSH_AUTH_SOCK": socket_path})
            os.unlink(path)


class Java(Program):
    name = "Java"

    def start(self):
        if not shutil.which("java") or not shutil.which("javac"):
            raise FileNotFoundError("java")
        make_key(self.path("rsa.pem"), "rsa2048")
        self.plants += plants_of(self.path("rsa.pem"), "rsa2048")
        openssl("pkcs8", "-topk8", "-nocrypt", "-in", self.path("rsa.pem"), "-outform", "DER", "-out", self.path("rsa.der"))
        os.unlink(self.path("rsa.pem"))
        source = textwrap.dedent("""
            import java.nio.file.*; import java.security.*; import java.security.spec.*; import javax.crypto.*;
            import javax.crypto.spec.*; import java.util.*;
            public class Keys {
                static List<Object> kept = new ArrayList<>();
                public static void main(String[] a) throws Exception {
                    Scanner in = new Scanner(System.in);
                    while (in.hasNext()) {
                        boolean enc = in.next().equals("enc"); String hex = in.next(); byte[] key = new byte[hex.length() / 2];
                        for (int i = 0; i < key.length; i++) key[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
                        Cipher c = Cipher.getInstance("AES/CBC/NoPadding");
                        c.init(enc ? Cipher.ENCRYPT_MODE : Cipher.DECRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(new byte[16]));
                        c.update(new byte[32]); kept.add(c);
                    }
                    Path file = Paths.get(a[0]);
                    PrivateKey k = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(Files.readAllBytes(file)));
                    Files.delete(file);
                    Signature s = Signature.getInstance("SHA256withRSA"); s.initSign(k); s.update(new byte[3]); s.sign(); kept.add(s);
                    System.out.println("ready"); System.out.flush();
                    Thread.sleep(1000000000L);
                }
            }""")
        with open(self.path("Keys.java"), "w", encoding="ascii") as file:
            file.write(source)
        criutree.run("javac", "-d", self.folder, self.path("Keys.java"), timeout=120, check=True)
        commands = ""
        for direction in ("enc", "dec"):
            for bits in (128, 192, 256):
                key = secrets.token_bytes(bits // 8)
                commands += f"{direction} {key.hex()}\n"
                self.plants.append(("aes", f"Java AES-{bits} {direction}", key))
        self.run("java", "-Xmx64m", "-XX:-UsePerfData", "-cp", self.folder, "Keys", self.path("rsa.der"), stdin=commands.encode(),
                 wait_for=b"ready")


class Python(Program):
    """The cryptography and Cryptodome modules."""
    name = "Python"

    def start(self):
        python = next((path for path in ("/usr/bin/python3",) if subprocess.run(
            [path, "-c", "import cryptography"], stderr=subprocess.DEVNULL, timeout=60).returncode == 0), None)
        if not python:
            raise FileNotFoundError("python3-cryptography")
        keys = {}
        for module in ("cryptography", "Cryptodome", "Cryptodome without instructions"):
            for bits in (128, 192, 256):
                keys[f"{module} AES-{bits}"] = secrets.token_bytes(bits // 8)
        self.plants += [("aes", name, key) for name, key in keys.items()]
        paths = [make_key(self.path(kind + ".pem"), kind) for kind in ("rsa2048", "p256", "ED25519")]
        for path in paths:
            self.plants += plants_of(path, os.path.basename(path)[:-4])
        program = textwrap.dedent("""
            import sys, os, time
            from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
            from cryptography.hazmat.primitives import serialization
            kept = []
            for line in sys.stdin:
                name, key = line.strip().rsplit("=", 1)
                key = bytes.fromhex(key)
                if name.startswith("cryptography"):
                    one = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
                    one.update(bytes(16))
                else:
                    try:
                        from Cryptodome.Cipher import AES
                    except ImportError:
                        continue
                    one = AES.new(key, AES.MODE_CBC, bytes(16), use_aesni="without" not in name)
                    one.encrypt(bytes(16))
                kept.append(one)
            for path in sys.argv[1:]:
                with open(path, "rb") as file:
                    kept.append(serialization.load_pem_private_key(file.read(), None))
                os.unlink(path)
            print("ready", flush=True)
            time.sleep(1e9)""")
        with open(self.path("keys.py"), "w", encoding="ascii") as file:
            file.write(program)
        self.run(python, "-I", self.path("keys.py"), *paths, wait_for=b"ready",
                 stdin="".join(f"{name}={key.hex()}\n" for name, key in keys.items()).encode())


ALL = (Libraries, Nginx, TlsServer, Agent, Java, Python)
