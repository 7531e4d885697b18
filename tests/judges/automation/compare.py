"""Compares what oleaut32 printed under Wine with the text that is kept here, line by line.

compare.py wire|convert KEPT PREFIX PROGRAM. In wire text ** stands for a byte of a referent, of which only null or not null means anything.
"""
import importlib.util
import pathlib
import re
import sys

# Where the specification is the judge, because this Wine does otherwise.
SPECIFICATION_SAYS = [
    (r"(variant|array) error\[", "MS-OAUT 2.2.30.10: elements of VT_ERROR travel as SF_I4; Wine sends none of them, as SF_ERROR"),
    (r"(variant|array) (bstr|variant)( \w+)?\[", "MS-OAUT 2.2.30.2, .5: pointers to the elements come first; Wine sends the elements alone"),
]


def kept_lines(path):
    return [line for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def same_bytes(ours, theirs):
    a, b = ours.split(":", 1)[1].split(), theirs.split(":", 1)[1].split()
    if len(a) != len(b):
        return False
    decimal = " decimal" in ours.split("@")[0]
    for i, (mine, other) in enumerate(zip(a, b)):
        if mine == "**" or mine == other:
            continue
        # MS-OAUT 2.2.26: wReserved is 0 and ignored. Wine leaves there what VARIANT has in that place.
        if decimal and mine == "00" and a[i - 20:i - 18] == [other, "00"]:
            continue
        if decimal and i >= 24 and mine == "00" and other == "0e":
            continue
        return False
    return True


def compare_wire(kept, printed):
    problems, compared, skipped = [], 0, 0
    if [line.split(":")[0] for line in kept] != [line.split(":")[0] for line in printed]:
        return ["the two sides do not print the same values"], 0, 0
    for ours, theirs in zip(kept, printed):
        if any(re.match(pattern, ours) for pattern, _ in SPECIFICATION_SAYS):
            skipped += 1
        elif same_bytes(ours, theirs):
            compared += 1
        else:
            problems.append(f"ours   {ours}\ntheirs {theirs}")
    return problems, compared, skipped


def compare_convert(kept, printed):
    problems = [f"ours   {a}\ntheirs {b}" for a, b in zip(kept, printed) if a != b]
    if len(kept) != len(printed):
        problems.append(f"{len(kept)} lines here, {len(printed)} there")
    return problems, len(kept) - len(problems), 0


def main():
    kind, kept_path, prefix, program = sys.argv[1:5]
    spec = importlib.util.spec_from_file_location("run", pathlib.Path(__file__).parent.parent / "wine" / "run.py")
    wine = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(wine)
    status, out, err = wine.run(prefix, program)
    if status:
        print(out[-500:].decode(errors="replace"), err[-2000:].decode(errors="replace"), f"ended with {status}")
        return 1
    printed = out.decode("utf-8").replace("\r", "").splitlines()
    problems, compared, skipped = (compare_wire if kind == "wire" else compare_convert)(kept_lines(kept_path), printed)
    print("\n".join(problems[:40]) or f"{compared} lines agree, {skipped} left to the specification")
    return 1 if problems or compared < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
