#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Starts real programs, lets each fill its heap as it would at work, and writes their memory as an image set.
Usage: heaps.py HEAPIMAGE OUT. Programs that are not installed are left out, and named."""

import glob
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PYTHON = r"""
import ast, collections, email, glob, json, os, sys, sysconfig, tokenize
library = sysconfig.get_paths()["stdlib"]
trees, texts, tables = [], [], []
for path in sorted(glob.glob(library + "/*.py"))[:160]:
    with tokenize.open(path) as file:
        text = file.read()
    texts.append(text)
    trees.append(ast.parse(text))
for number in range(40000):
    tables.append(json.loads(json.dumps({"id": number, "name": "customer %d" % number, "city": "Z\u00fcrich",
                                         "orders": [number * 7 % 1000, number * 13 % 997], "open": number % 3 == 0})))
print("ready", flush=True)
sys.stdin.read()
"""

NODE = r"""
const fs = require("fs"), zlib = require("zlib"), crypto = require("crypto");
const rows = [], texts = [], buffers = [];
for (let i = 0; i < 120000; ++i)
    rows.push(JSON.parse(JSON.stringify({id: i, mail: `user${i}@shop.example`, tags: ["a" + i, "\u20ac" + i], at: i * 3.7})));
for (let i = 0; i < 40; ++i)
    buffers.push(zlib.gzipSync(JSON.stringify(rows.slice(i * 1000, i * 1000 + 1000))));
for (let i = 0; i < 2000; ++i)
    texts.push(`<div class="row"><span id="r${i}">` + "lorem ipsum ".repeat(80) + "</span></div>");
for (let i = 0; i < 400; ++i)
    buffers.push(crypto.createHash("sha512").update(String(i)).digest());
console.log("ready");
process.stdin.resume();
"""

JAVA = r"""
import java.util.*;
public class Heap {
    static List<Object> keep = new ArrayList<>();
    public static void main(String[] args) throws Exception {
        Map<String, List<String>> index = new HashMap<>();
        for (int i = 0; i < 250000; ++i) {
            index.computeIfAbsent("group-" + i % 5000, key -> new ArrayList<>()).add("entry number " + i + " of the \u20acuro list");
            if (i % 3 == 0) keep.add(("row " + i).toCharArray());
            if (i % 5 == 0) keep.add(new int[] {i, i * 3, i * 7, i % 200});
        }
        keep.add(index);
        System.out.println("ready");
        System.in.read();
    }
}
"""


class Programs:
    def __init__(self, folder):
        self.folder, self.started, self.pids, self.missing = folder, [], [], []

    def start(self, name, command, **more):
        if not command[0] or not shutil.which(command[0]):
            self.missing.append(name)
            return None
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   text=True, **more)
        self.started.append(process)
        return process

    def interpreter(self, name, command):
        process = self.start(name, command)
        if process and process.stdout.readline().strip() == "ready":
            self.pids.append(process.pid)
        elif process:
            self.missing.append(name)

    def redis(self):
        socket = os.path.join(self.folder, "redis.sock")
        process = self.start("redis", ["redis-server", "--port", "0", "--unixsocket", socket, "--save", "",
                                       "--enable-debug-command", "local"])
        if not process:
            return
        wait_for(socket)
        subprocess.run(["redis-cli", "-s", socket, "DEBUG", "POPULATE", "200000", "session", "180"], check=True,
                       capture_output=True)
        self.pids.append(process.pid)

    def postgres(self):
        folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        if not folders:
            self.missing.append("postgres")
            return
        bin_dir, data = folders[-1], os.path.join(self.folder, "data")
        os.mkdir(data)
        user = {}
        if os.getuid() == 0:
            entry = pwd.getpwnam("postgres")
            os.chown(data, entry.pw_uid, entry.pw_gid)
            user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        subprocess.run([bin_dir + "/initdb", "-D", data, "-A", "trust"], check=True, capture_output=True, cwd=data,
                       **user)
        process = self.start("postgres", [bin_dir + "/postgres", "-D", data, "-k", data, "-c", "listen_addresses=", "-c",
                                          "shared_buffers=160MB"], cwd=data, **user)
        wait_for(data + "/.s.PGSQL.5432")
        sql = ("create table orders as select g as id, 'customer ' || g as name, md5(g::text) as digest, "
               "repeat('note ', 12) as note, gen_random_uuid() as ref from generate_series(1, 900000) g;"
               "select sum(length(note)) from orders; select pg_sleep(600);")
        client = subprocess.Popen(["psql", "-h", data, "-d", "postgres", "-c", sql], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, **user)
        self.started.append(client)
        query = "select pid from pg_stat_activity where query like '%pg_sleep%' and wait_event = 'PgSleep'"
        for _ in range(120):
            found = subprocess.run(["psql", "-h", data, "-d", "postgres", "-Atc", query], capture_output=True, text=True,
                                   **user).stdout.split()
            if found:
                self.pids += [process.pid, int(found[0])]
                return
            time.sleep(0.5)
        self.missing.append("postgres")

    def stop(self):
        for process in reversed(self.started):
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(path):
    for _ in range(200):
        if os.path.exists(path):
            time.sleep(0.3)
            return
        time.sleep(0.1)
    raise SystemExit(f"{path} does not appear")


def main(heapimage, out):
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        with open(os.path.join(folder, "Heap.java"), "w", encoding="utf-8") as file:
            file.write(JAVA)
        programs = Programs(folder)
        try:
            programs.interpreter("python3", [sys.executable, "-c", PYTHON])
            programs.interpreter("node", ["node", "-e", NODE])
            programs.interpreter("java", ["java", "-Xmx256m", "-XX:+UseSerialGC", os.path.join(folder, "Heap.java")])
            programs.redis()
            programs.postgres()
            if programs.missing:
                print("not there: " + ", ".join(programs.missing))
            subprocess.run([heapimage, out, *map(str, programs.pids)], check=True)
        finally:
            programs.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
