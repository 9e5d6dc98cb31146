"""Links the harnesses, runs them on the corpus and on what grows from it, and says what was found. See .ci/fuzz.

    fuzz.py FOLDER-OF-THE-MODULES [arguments of .ci/fuzz]
"""

import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fuzz_seeds

HARNESS = pathlib.Path("Tests/Fuzz")
CORPUS = HARNESS / "corpus"
SERVER = ["KODWire", "KODEngine", "KODJournal", "KODTransport", "KODCalendar", "KODServer"]
SCHEMA = ["KODWire", "KODJSON", "KODSchema"]
OPENSSL = ["-lssl", "-lcrypto"]
# Sources beside Support.swift, modules, libraries, longest input.
TARGETS = {
    "frame": (["FrameTarget"], ["KODWire"], [], 2048),
    "codec": (["CodecTarget", "Catalogue", "AllocationMeter"], SCHEMA, [], 2048),
    "session": (["SessionTarget", "SessionModel"], SERVER, OPENSSL, 2048),
    "client": (["ClientTarget", "ClientModel", "ClientSessionModel"], ["KODWire", "KODTransport", "KODClient"], OPENSSL, 1024),
    "schema": (["SchemaTarget", "Catalogue"], SCHEMA, [], 1536),
}
# Leaks are not looked for: the harnesses keep their tables for ever. Swift's own crash reporter is off, for it does
# not get along with the sanitizer's.
ENVIRONMENT = os.environ | {"ASAN_OPTIONS": "detect_leaks=0:handle_abort=0:malloc_context_size=4", "SWIFT_BACKTRACE": "enable=no"}


class Target:
    def __init__(self, name, modules):
        self.name = name
        self.sources, self.modules, self.libraries, self.longest = TARGETS[name]
        self.folder = modules / "fuzz"
        self.binary = self.folder / name
        self.built = modules

    def link(self):
        """One harness: its sources, compiled and linked with the objects of the modules; about six seconds."""
        self.folder.mkdir(exist_ok=True)
        sources = [HARNESS / f"{name}.swift" for name in ["Support", *self.sources]]
        objects = [path for module in self.modules for path in sorted((self.built / f"{module}.build").glob("*.o"))]
        newest = max(path.stat().st_mtime for path in [*sources, *objects])
        if self.binary.exists() and self.binary.stat().st_mtime > newest:
            return
        maps = [word for name in ("CLinux", "COpenSSL") for word in ("-Xcc", f"-fmodule-map-file=Sources/{name}/module.modulemap")]
        subprocess.run(
            ["swiftc", "-O", "-swift-version", "6", "-warnings-as-errors", "-parse-as-library", "-module-name", "Fuzz",
             "-sanitize=fuzzer,address", "-use-ld=lld", "-import-objc-header", HARNESS / "Sanitizer.h",
             "-I", self.built / "Modules", *maps, *sources, *objects, *self.libraries, "-o", self.binary],
            check=True)

    # MARK: inputs

    @property
    def hex_file(self):
        return CORPUS / f"{self.name}.hex"

    def kept(self):
        """The corpus in the repository: one input a line."""
        if not self.hex_file.exists():
            return []
        return [bytes.fromhex(line) for line in self.hex_file.read_text().split()]

    def seeds(self):
        return self.kept() + fuzz_seeds.seeds(self.name)

    def unpack(self, inputs, name):
        folder = self.folder / f"{self.name}-{name}"
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for number, data in enumerate(inputs):
            (folder / f"{number:05}").write_bytes(data)
        return folder

    # MARK: runs

    def fuzzer(self, *words):
        artifacts = self.folder / f"{self.name}-found-"
        for old in self.folder.glob(f"{self.name}-found-*"):
            old.unlink()
        return subprocess.Popen(
            [self.binary, f"-artifact_prefix={artifacts}", f"-dict={self.dictionary()}", f"-max_len={self.longest}",
             "-timeout=10", "-rss_limit_mb=4096", "-print_final_stats=1", *words],
            env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")

    def dictionary(self):
        path = self.folder / f"{self.name}.dict"
        path.write_text("".join('"%s"\n' % "".join(f"\\x{byte:02x}" for byte in word) for word in fuzz_seeds.words(self.name)))
        return path

    def run(self, seconds):
        """True if every input holds what the harness promises."""
        folder = self.unpack(self.seeds(), "inputs")
        count = len(list(folder.iterdir()))
        process = self.fuzzer(f"-max_total_time={seconds}", folder)
        output = process.communicate()[0]
        if process.returncode == 0:
            edges = re.findall(r"cov: (\d+)", output)
            runs = re.search(r"number_of_executed_units: (\d+)", output)
            print(f"{self.name}: {runs[1]} runs in {seconds} s from {count} inputs, {edges[-1]} edges reached", flush=True)
            return True
        self.report(output)
        return False

    def report(self, output):
        for line in output.splitlines():
            if re.search(r"VIOLATED|Fatal error|ERROR: |SUMMARY|^ +#\d+ .*\$s", line):
                print("  " + line.strip()[:400])
        for path in self.folder.glob(f"{self.name}-found-*"):
            print(f"{self.name}: FAILED; again with: .ci/fuzz {self.name} --input {path.read_bytes().hex()}", flush=True)

    def one(self, data):
        path = self.unpack([data], "one") / "00000"
        process = self.fuzzer(path)
        output = process.communicate()[0]
        if process.returncode != 0:
            self.report(output)
        return process.returncode == 0

    def grow(self, seconds):
        """Runs, and keeps the smallest set of inputs that reaches all that was reached."""
        folder = self.unpack(self.seeds(), "inputs")
        process = self.fuzzer(f"-max_total_time={seconds}", "-reduce_inputs=1", folder)
        output = process.communicate()[0]
        if process.returncode != 0:
            self.report(output)
            return False
        merged = self.unpack([], "merged")
        process = self.fuzzer("-merge=1", merged, folder)
        output = process.communicate()[0]
        if process.returncode != 0:
            self.report(output)
            return False
        # What is made of the vectors anyway is not kept twice.
        new = {path.read_bytes() for path in merged.iterdir()} - set(fuzz_seeds.seeds(self.name))
        inputs = sorted(new, key=lambda data: (len(data), data))
        CORPUS.mkdir(exist_ok=True)
        self.hex_file.write_text("".join(data.hex() + "\n" for data in inputs if data))
        print(f"{self.name}: {len(inputs)} inputs, {self.hex_file.stat().st_size} bytes", flush=True)
        return True


def main():
    modules = pathlib.Path(sys.argv[1])
    words = sys.argv[2:]
    names, seconds = list(TARGETS), 20
    if words and words[0] in TARGETS:
        target = Target(words[0], modules)
        target.link()
        if words[1:2] == ["--grow"]:
            sys.exit(0 if target.grow(int(words[2])) else 1)
        if words[1:2] == ["--input"]:
            sys.exit(0 if target.one(bytes.fromhex(words[2])) else 1)
        names, words = [words[0]], words[1:]
    if words:
        seconds = int(words[0])
    passed = 0
    for name in names:
        target = Target(name, modules)
        target.link()
        passed += target.run(seconds)
    print(f"{passed} passed, {len(names) - passed} failed")
    sys.exit(0 if passed == len(names) else 1)


main()
