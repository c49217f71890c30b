# SPDX-License-Identifier: Apache-2.0
"""Real programs of the distribution, started with secrets in them (or without any) as they would hold them at work.
Each is a session of its own, so that CRIU can dump it with its children."""

import glob
import json
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import time

import criutree

PYTHON = r"""
import json, os, sys
with open(sys.argv[1], encoding="utf-8") as file:
    lines = json.load(file)
keep = []
for line in lines:
    keep.append(line.encode())                      # bytes
    keep.append(line + " ")                         # one byte a character
    keep.append("\u20ac " + line + " ")             # two
    keep.append("\U0001f600 " + line + " ")         # four
    keep.append(json.dumps({"text": line}))
del lines
print("ready", flush=True)
sys.stdin.read()
"""
NODE = r"""
const fs = require("fs");
let lines = JSON.parse(fs.readFileSync(process.argv[1], "utf8"));
const keep = [];
for (const line of lines) {
    keep.push(Buffer.from(line));
    keep.push(line + " ");
    keep.push("\u20ac " + line + " ");
    keep.push({text: line, note: ["x", line.length]});
}
lines = null;
console.log("ready");
process.stdin.resume();
"""
RUBY = r"""
require "json"
lines = JSON.parse(File.read(ARGV[0]))
$keep = lines.flat_map { |line| [line + " ", line.encode("UTF-16LE"), {"text" => line}] }
$stdout.puts "ready"
$stdout.flush
$stdin.read
"""
PHP = r"""
$keep = [];
foreach (json_decode(file_get_contents($argv[1])) as $line) {
    $keep[] = $line . " ";
    $keep[] = json_encode(["text" => $line]);
    $keep[] = serialize(["text" => $line]);
}
echo "ready\n";
fflush(STDOUT);
fgets(STDIN);
"""
PERL = r"""
use JSON::PP;
open my $file, "<", $ARGV[0]; local $/; my $lines = decode_json(<$file>);
our @keep = map { ($_ . " ", {text => $_}) } @$lines;
$| = 1; print "ready\n"; <STDIN>;
"""
BASH = r"""
set -o history
while IFS= read -r line; do
    history -s "$line"
    keep+=("$line")
done < "$1"
echo ready
read -r _
"""
JAVA = r"""
import java.nio.file.*;
import java.util.*;
public class Hold {
    static List<Object> keep = new ArrayList<>();
    public static void main(String[] args) throws Exception {
        for (String line : Files.readString(Path.of(args[0])).split("\0")) {
            keep.add(line + " ");
            keep.add("\u20ac " + line + " ");
            keep.add(line.toCharArray());
            keep.add(line.getBytes("UTF-16BE"));
        }
        System.gc();
        System.out.println("ready");
        System.in.read();
    }
}
"""


class Program:
    """One program at work. `lines`: what it is given to hold."""

    def __init__(self, name, folder, lines):
        self.name, self.folder, self.lines = name, folder, lines
        self.process = None
        self.environment = {}

    def spawn(self, command, **more):
        read, self.input = os.pipe()
        out = os.path.join(self.folder, "output")
        with open(out, "wb") as output:
            self.process = subprocess.Popen(command, stdin=read, stdout=output, stderr=subprocess.STDOUT, cwd="/",
                                            start_new_session=True, close_fds=True,
                                            env={"PATH": os.environ["PATH"], "HOME": "/root", "LC_ALL": "C.UTF-8",
                                                 **self.environment}, **more)
        os.close(read)
        self.output = out

    def ready(self, timeout=60):
        def told():
            if self.process.poll() is not None:
                with open(self.output, "rb") as file:
                    raise RuntimeError(f"{self.name} ended: {file.read()[-500:]!r}")
            with open(self.output, "rb") as file:
                return b"ready" in file.read()
        criutree.wait_for(told, f"{self.name} to be ready", timeout)

    def write(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
        return path

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait(20)


class Interpreter(Program):
    def __init__(self, name, folder, lines, command, script):
        super().__init__(name, folder, lines)
        self.command, self.script = command, script

    def start(self):
        if not shutil.which(self.command[0]):
            return False
        path = self.write("lines.json", json.dumps(self.lines))
        self.spawn([*self.command, self.script, path])
        self.ready()
        os.unlink(path)
        return True


class Bash(Program):
    def start(self):
        path = self.write("lines", "\n".join(line.replace("\n", "\\n").strip() for line in self.lines) + "\n")
        self.spawn(["bash", "-c", BASH, "bash", path])
        self.ready()
        os.unlink(path)
        return True


class Java(Program):
    def start(self):
        if not shutil.which("javac"):
            return False
        source = self.write("Hold.java", JAVA)
        path = self.write("lines", "\0".join(self.lines))
        criutree.run("javac", "-d", self.folder, source, check=True)
        self.spawn(["java", "-Xmx64m", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-cp", self.folder, "Hold", path])
        self.ready()
        os.unlink(path)
        return True


class Redis(Program):
    password = None

    def start(self):
        if not shutil.which("redis-server"):
            return False
        self.port = free_port()
        configuration = f"port {self.port}\nbind 127.0.0.1\nsave \"\"\ndir {self.folder}\n"
        if self.password:
            configuration += f"requirepass {self.password}\n"
        self.spawn(["redis-server", self.write("redis.conf", configuration)])
        wait_for_port(self.port)
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            if self.password:
                self.command(client, "AUTH", self.password)
            for number, line in enumerate(self.lines):
                self.command(client, "SET", f"line:{number}", line)
        time.sleep(0.5)
        return True

    @staticmethod
    def command(client, *words):
        parts = [f"*{len(words)}\r\n".encode()]
        for word in words:
            data = word.encode()
            parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
        client.sendall(b"".join(parts))
        client.recv(4096)


class Postgres(Program):
    def start(self):
        folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        if not folders:
            return False
        data = os.path.join(self.folder, "data")
        os.mkdir(data)
        entry = pwd.getpwnam("postgres")
        os.chown(data, entry.pw_uid, entry.pw_gid)
        os.chmod(self.folder, 0o755)
        user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        subprocess.run([folders[-1] + "/initdb", "-D", data, "-A", "trust"], check=True, capture_output=True, cwd=data, **user)
        self.spawn([folders[-1] + "/postgres", "-D", data, "-k", data, "-c", "listen_addresses=", "-c", "shared_buffers=16MB",
                    "-c", "shared_memory_type=sysv", "-c", "dynamic_shared_memory_type=mmap"], **user)
        criutree.wait_for(lambda: os.path.exists(data + "/.s.PGSQL.5432"), "postgres", 60)
        time.sleep(1)
        statements = "create table held (line text);"
        for line in self.lines:
            statements += "insert into held values ('" + line.replace("'", "''") + "');"
        subprocess.run(["psql", "-h", data, "-d", "postgres", "-q"], input=statements, text=True, check=True,
                       capture_output=True, **user)
        return True


class MariaDb(Program):
    """As root: CRIU can dump it also where it may not look at the limits of other users' processes."""

    def start(self):
        server = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin")
        if not server:
            return False
        data, sock = os.path.join(self.folder, "data"), os.path.join(self.folder, "socket")
        common = ["--no-defaults", "--user=root", "--datadir=" + data]
        subprocess.run(["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"],
                       check=True, capture_output=True)
        # CRIU does not dump io_uring, which InnoDB takes where the kernel has it.
        self.spawn([server, *common, "--socket=" + sock, "--pid-file=" + os.path.join(self.folder, "pid"), "--skip-networking",
                    "--innodb-use-native-aio=0", "--innodb-buffer-pool-size=16M", "--performance-schema=0"])
        criutree.wait_for(lambda: os.path.exists(sock), "mariadb", 60)
        statements = "create database corpus; use corpus; create table held (line text character set utf8mb4);"
        for line in self.lines:
            statements += "insert into held values ('" + line.replace("\\", "\\\\").replace("'", "''") + "');"
        subprocess.run(["mariadb", "--no-defaults", "-S", sock, "-u", "root"], input=statements, text=True, check=True,
                       capture_output=True)
        return True


class Nginx(Program):
    def start(self):
        if not shutil.which("nginx"):
            return False
        key, certificate = os.path.join(self.folder, "key.pem"), os.path.join(self.folder, "certificate.pem")
        criutree.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days",
                     "2", "-subj", "/CN=localhost", check=True)
        self.port = free_port()
        # Its own configuration holds some of the lines; requests bring the others.
        held = "".join(f"            proxy_set_header X-Held-{number} '{line.strip()}';\n"
                       for number, line in enumerate(self.lines) if not set(line) & set("'\\$;\n{}\r"))
        configuration = f"""daemon off;
master_process off;
pid {self.folder}/pid;
error_log {self.folder}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {self.folder};
    server {{
        listen 127.0.0.1:{self.port} ssl;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        location / {{ return 204; }}
        location /held {{
{held}            proxy_pass http://127.0.0.1:9;
        }}
    }}
}}
"""
        self.spawn(["nginx", "-c", self.write("nginx.conf", configuration)])
        wait_for_port(self.port)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", self.port)) as plain, context.wrap_socket(plain) as client:
            for line in self.lines:
                if ": " in line and line.endswith("\r\n"):
                    client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" + line.encode() + b"\r\n")
                    client.recv(4096)
        os.unlink(key)
        time.sleep(0.5)
        return True


class SshAgent(Program):
    def start(self):
        if not shutil.which("ssh-agent"):
            return False
        agent = os.path.join(self.folder, "agent")
        self.spawn(["ssh-agent", "-D", "-a", agent])
        criutree.wait_for(lambda: os.path.exists(agent), "ssh-agent", 20)
        key = os.path.join(self.folder, "key")
        criutree.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key, check=True)
        criutree.run("ssh-add", key, check=True, env={"SSH_AUTH_SOCK": agent, "PATH": os.environ["PATH"]})
        os.unlink(key)
        return True


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port):
    def open_():
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", port)) == 0
    criutree.wait_for(open_, f"port {port}", 30)


def programs(folder, lines, password, environment):
    """All programs, each with a folder of its own."""
    def sub(name):
        path = os.path.join(folder, name)
        os.makedirs(path)
        return path

    out = [
        Interpreter("python3", sub("python3"), lines, ["/usr/bin/python3", "-c"], PYTHON),
        Interpreter("node", sub("node"), lines, ["node", "-e"], NODE),
        Interpreter("ruby", sub("ruby"), lines, ["ruby", "-e"], RUBY),
        Interpreter("php", sub("php"), lines, ["php", "-r"], PHP),
        Interpreter("perl", sub("perl"), lines, ["perl", "-e"], PERL),
        Bash("bash", sub("bash"), lines),
        Java("java", sub("java"), lines),
        Redis("redis", sub("redis"), lines),
        Postgres("postgres", sub("postgres"), lines),
        MariaDb("mariadb", sub("mariadb"), lines),
        Nginx("nginx", sub("nginx"), lines),
        SshAgent("ssh-agent", sub("ssh-agent"), lines),
    ]
    for program in out:
        program.environment = dict(environment)
        if isinstance(program, Redis):
            program.password = password
    return out
