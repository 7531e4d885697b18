#!/usr/bin/env python3
"""Checks the order of the rooms and the size of files.

A file of src/<room>/ or include/opendcom/<room>/ may include its own room and those below it, as ARCHITECTURE.md lists them.
include/sdk/ and headers that MIDL generates are free to everyone; include/ never needs a header of src/, since it is installed.
"""
import pathlib
import re
import sys

# What a room may use directly; what those may use comes with them. `com` and `scm` never meet.
USES = {
    "base": [],
    "ndr": ["base"],
    "security": ["base"],
    "registry": ["base"],
    "typelib": ["base"],
    "compound_file": ["base"],
    "property_set": ["base"],
    "rpc": ["ndr", "security"],
    "orpc": ["rpc"],
    "com": ["orpc", "registry"],
    "automation": ["com", "typelib"],
    "winrt": ["com"],
    "storage": ["automation", "compound_file", "property_set"],
    "scm": ["orpc", "registry"],
    "midl": ["base", "typelib"],
}
USES["tools"] = [room for room in USES]
MAX_LINES = 800
# Tables of names and values, written by nobody who would want to read them in one go.
LONG_TABLES = {"include/sdk/winerror.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]')


def below(room):
    found, ahead = set(), [room]
    while ahead:
        for used in USES[ahead.pop()]:
            if used not in found:
                found.add(used)
                ahead.append(used)
    return found


def room_of_include(path):
    parts = path.split("/")
    if parts[0] == "opendcom":
        parts = parts[1:]
        if len(parts) == 1:  # include/opendcom/com_ptr.h and its like stand beside the rooms, for users
            return None
    return parts[0] if len(parts) > 1 and parts[0] in USES else None


def check(root, path, room):
    problems = []
    name = path.relative_to(root).as_posix()
    allowed = below(room) | {room} if room else set()
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) > MAX_LINES and name not in LONG_TABLES:
        problems.append(f"{name}: {len(lines)} lines, more than {MAX_LINES}: split it by the state that changes together")
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        used = room_of_include(match.group(1))
        if used and room and used not in allowed:
            problems.append(f"{name}:{number}: room {room} may not use {used} ({match.group(1)})")
        if used and name.startswith("include/") and not match.group(1).startswith("opendcom/"):
            problems.append(f"{name}:{number}: a public header needs {match.group(1)}, which is not installed")
    return problems


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    problems = []
    for folder in sorted(p for p in (root / "src").iterdir() if p.is_dir() and any(p.glob("*.*"))):
        if folder.name not in USES:
            problems.append(f"src/{folder.name}: a room that nobody knows: name it here and in ARCHITECTURE.md")
    count = 0
    for base in ("src", "include", "examples", "bench", "tests"):
        for path in sorted((root / base).rglob("*")):
            if path.suffix not in (".h", ".cpp", ".c", ".py", ".bash"):
                continue
            parts = path.relative_to(root).parts
            room = None
            if base == "src" and len(parts) > 2 and parts[1] in USES:
                room = parts[1]
            if base == "include" and parts[1] == "opendcom" and len(parts) > 3:
                room = parts[2]
                if room not in USES:
                    problems.append(f"{path.relative_to(root)}: include/opendcom/{room} is no room")
                    room = None
            problems += check(root, path, room)
            count += 1
    for needed in (".clang-format", ".clang-tidy"):
        if not (root / needed).is_file():
            problems.append(f"{needed} is missing")
    print("\n".join(problems) or f"{count} files in order")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
