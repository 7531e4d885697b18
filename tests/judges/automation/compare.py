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


# Conversions in which ours follow the documentation, or the other conversions, and this Wine does not.
DOCUMENTED = [
    (r"type 11 -1 -> 14:", "VARIANT_TRUE is -1 as every number; here Wine's is 1"),
    (r"type (4|6|14) .* -> 7: 8002000a", "a DATE lies in the years 100 to 9999, wherever it comes from"),
    (r"type 5 (0\.333333333333333|1\.23456789012346e\+17|1e\+28) -> 14:", "15 significant digits of a double mean something"),
    (r"type 20 922337203685477 -> 6:", "922337203685477 fits CURRENCY, whose largest value is 922337203685477.5807"),
    (r"type 6 -25000/10000 -> 20:", "half to even, as to all other whole numbers"),
    (r"type 8 '(0\.1|1\.5|2\.5|1,234|1 2)' -> 7:", "texts of numbers are no dates; Wine reads some of them as times or days of this year"),
]


def compare_convert(kept, printed):
    problems, compared, skipped = [], 0, 0
    for ours, theirs in zip(kept, printed):
        if any(re.match(pattern, ours) for pattern, _ in DOCUMENTED):
            skipped += 1
        elif ours == theirs:
            compared += 1
        else:
            problems.append(f"ours   {ours}\ntheirs {theirs}")
    if len(kept) != len(printed):
        problems.append(f"{len(kept)} lines here, {len(printed)} there")
    return problems, compared, skipped


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
