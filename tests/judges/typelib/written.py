#!/usr/bin/env python3
"""Wine's oleaut32 looks at two type libraries of one source, ours and widl's, member by member.

  written.py PREFIX SHOW_TYPELIB MIDL DCOM IDL_FOLDER WIDL OUT DIFFERENCES SOURCE...

1. Of each library that midl writes, oleaut32 and `dcom typelib dump` say the same (as in wine_shows.py).
2. Where widl makes a library of the source, oleaut32 shows the same of both, but for what stands in DIFFERENCES, each with its reason.
   Where it makes none (it ends with a signal on ten files of libwine-dev and refuses four), DIFFERENCES says so, and that is checked too.

DIFFERENCES has lines `because: TEXT`, and below each what it is the reason of:
  SOURCE rule NAME COUNT       a rule of RULES below, and how often it is needed, no more and no less
  SOURCE unjudged              widl makes no library
  SOURCE local INTERFACE METHOD... +N   methods that widl leaves out, in the interface and (N) in its bases
  SOURCE KIND NAME             the following lines, `- ` of widl's and `+ ` of ours, are the whole difference of that type
An entry that is not needed is a failure like one that is missing.
"""
import collections
import difflib
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wine"))
import listing  # noqa: E402
import run as wine  # noqa: E402
import wine_shows  # noqa: E402

WINE_IDL = "/usr/include/wine/wine/windows"
WINE_LIBRARIES = "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows"
STDOLE = "{00020430-0000-0000-c000-000000000046}!"
MADE_BY = ("{DE77BA63-", "{DE77BA64-", "{DE77BA65-")  # when and by what compiler, in the custom data of widl's libraries

# name: what makes a line of widl's listing ours (both in lower case).
RULES = {
    "wchar_t": lambda theirs, ours: re.sub(r"\bi2\b", "ui2", theirs) == ours,
    "boolean": lambda theirs, ours: re.sub(r"\bi1\b", "ui1", theirs) == ours,
    "stdole": lambda theirs, ours: re.sub(r"(?<!!)\b(guid|iunknown)(?= flags|$| at)", lambda m: STDOLE + m.group(1), theirs) == ours,
}
STDOLE_TYPES = {("alias", "guid"), ("record", "unnamed:guid"), ("interface", "iunknown")}


class Known:
    """DIFFERENCES, as far as it has not been used."""

    def __init__(self, path):
        self.rules, self.unjudged, self.local, self.blocks = {}, set(), {}, {}
        block, reason = None, None
        for line in open(path, encoding="utf-8"):
            line = line.rstrip("\n")
            if line.startswith("because: "):
                block, reason = None, line
            elif line.startswith(("- ", "+ ")):
                block.append(line)
            elif line.strip():
                assert reason, line
                words = line.split()
                if words[1] == "rule":
                    self.rules[words[0], words[2]] = int(words[3])
                elif words[1] == "unjudged":
                    self.unjudged.add(words[0])
                elif words[1] == "local":
                    self.local[words[0], words[2]] = ([w for w in words[3:] if w[0] != "+"], sum(int(w) for w in words[3:] if w[0] == "+"))
                else:
                    block = self.blocks.setdefault((words[0], words[1], words[2]), [])

    def left(self):
        return ([f"{s} rule {r} {n}" for (s, r), n in self.rules.items()] + [f"{s} unjudged" for s in sorted(self.unjudged)]
                + [f"{s} local {i}" for s, i in self.local] + [" ".join(key) for key in self.blocks])


def compared(name, ours, theirs, known):
    """What differs and is not known."""
    problems, used = [], collections.Counter()
    for key in sorted(set(ours) | set(theirs)):
        kind, type_name = key
        a, b = ours.get(key), theirs.get(key)
        if kind == "library":
            b = [line for line in b if not any(guid in line for guid in MADE_BY)]
        if a is None and key in STDOLE_TYPES:
            used["stdole"] += 1
            continue
        if b is None and kind == "alias" and re.fullmatch(r"  alias \w+", a[1]) and any(
                (k, a[1].split()[1].lower()) in ours for k in ("enum", "record", "union")):
            used["tagged"] += 1
            continue
        if (name, type_name) in known.local and kind in ("interface", "dispatch"):
            own, inherited = known.local.pop((name, type_name))
            a = listing.without_methods(a, kind, len(own) + inherited, own)
        a, b = [listing.lower(line) for line in a or []], [listing.lower(line) for line in b or []]
        different = []
        for what, b1, b2, a1, a2 in difflib.SequenceMatcher(None, b, a, autojunk=False).get_opcodes():
            if what == "equal":
                continue
            mine, other = a[a1:a2], b[b1:b2]
            if len(mine) == len(other):
                pairs = list(zip(other, mine))
                rules = [next((rule for rule, same in RULES.items() if same(t, o)), None) for t, o in pairs]
                used.update(rule for rule in rules if rule)
                other = [t for (t, _), rule in zip(pairs, rules) if not rule]
                mine = [o for (_, o), rule in zip(pairs, rules) if not rule]
            different += ["- " + line for line in other] + ["+ " + line for line in mine]
        expected = known.blocks.pop((name, kind, type_name), [])
        if different != expected:
            problems.append("\n".join([f"{name} {kind} {type_name}"] + different))
            if expected:
                problems.append("but known was\n" + "\n".join(expected))
    for rule, count in sorted(used.items()):
        if known.rules.pop((name, rule), 0) != count:
            problems.append(f"{name} rule {rule} {count}")
    return problems


def main(prefix, show, midl, dcom, idl, widl, out, differences, sources):
    out = os.path.abspath(out)
    os.makedirs(out, exist_ok=True)
    known = Known(differences)
    problems, pairs = [], []
    for source in sources:
        source = os.path.abspath(source)
        name = os.path.basename(source).removesuffix(".idl")
        from_wine = source.startswith(WINE_IDL)
        theirs, ours = os.path.join(out, name + "_widl.tlb"), os.path.join(out, name + "_midl.tlb")
        for old in (theirs, ours):
            if os.path.exists(old):
                os.unlink(old)
        beside = os.path.join(os.path.dirname(source), "outside")
        subprocess.run([widl, "-t", "-o", theirs, "-I", WINE_IDL, "-I", beside, "-L", WINE_LIBRARIES, source], cwd=out, capture_output=True, check=False)
        folders = ["-D", "__WIDL__", "-I", WINE_IDL] if from_wine else ["-I", idl, "-I", beside]
        made = subprocess.run([midl, *folders, "-I", WINE_LIBRARIES, "-out", out, "-tlb", ours, "-h", "-", "-iid", "-", "-proxy", "none",
                               "-client", "none", "-server", "none", "-W0", source], capture_output=True, text=True)
        if made.returncode != 0:
            problems.append(f"{name}: midl refuses it\n  " + "\n  ".join(made.stderr.splitlines()[:4]))
            continue
        pairs.append((name, ours, theirs if os.path.exists(theirs) else None))
    libraries = [path for _, ours, theirs in pairs for path in (ours, theirs) if path]
    status, text, err = wine.run(prefix, show, ["path:" + path for path in libraries], timeout=300)
    shown = re.split(r"^# .*\n", text.decode().replace("\r", ""), flags=re.MULTILINE)[1:]
    if status != 0 or len(shown) != len(libraries):
        print(f"{show} ended with {status}, {len(shown)} of {len(libraries)} libraries shown: {err[:500]!r}")
        return 1
    of = dict(zip(libraries, shown))
    judged = 0
    for name, ours, theirs in pairs:
        dump = subprocess.run([dcom, "typelib", "dump", "-I", WINE_LIBRARIES, ours], check=True, capture_output=True, text=True).stdout
        a, b = wine_shows.comparable(dump), wine_shows.comparable(of[ours], wine_shows.referred(dump))
        for key in sorted(set(a) | set(b), key=str):
            if a.get(key) != b.get(key):
                extra, missing = [x for x in a.get(key, []) if x not in b.get(key, [])], [x for x in b.get(key, []) if x not in a.get(key, [])]
                problems.append(f"{name}: type {key} is not what dcom says\n  dcom: {extra[:5]}\n  oleaut32: {missing[:5]}")
        if theirs is None:
            if name not in known.unjudged:
                problems.append(f"{name} unjudged")
            known.unjudged.discard(name)
            continue
        judged += 1
        problems += compared(name, listing.named(of[ours]), listing.named(of[theirs]), known)
    print("\n".join(problems))
    left = known.left()
    if left:
        print("known, but not so any more:\n  " + "\n  ".join(left))
    print(f"{len(pairs)} libraries are what dcom says of them; {judged} of them compared with widl's; {len(problems)} differences are not known")
    return bool(problems or left or judged < 2)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:9], sys.argv[9:]))
