"""Compares what combase printed under Wine with the text that is kept here, line by line.

compare.py KEPT PREFIX PROGRAM
"""
import importlib.util
import pathlib
import re
import sys

# Where the documentation is the judge, because this Wine does otherwise.
DOCUMENTED = [
    (r"reference part ", "E_STRING_NOT_NULL_TERMINATED is what the documentation says of a source without terminator; here Wine's is E_INVALIDARG"),
]


def main() -> int:
    kept_path, prefix, program = sys.argv[1:4]
    spec = importlib.util.spec_from_file_location("run", pathlib.Path(__file__).parent.parent / "wine" / "run.py")
    wine = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(wine)
    status, out, err = wine.run(prefix, program)
    if status:
        print(out[-500:].decode(errors="replace"), err[-2000:].decode(errors="replace"), f"ended with {status}")
        return 1
    printed = out.decode("utf-8").replace("\r", "").splitlines()
    kept = [line for line in pathlib.Path(kept_path).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    problems = [] if len(kept) == len(printed) else [f"{len(kept)} lines here, {len(printed)} there"]
    skipped = 0
    for ours, theirs in zip(kept, printed):
        if any(re.match(pattern, ours) for pattern, _ in DOCUMENTED):
            skipped += 1
        elif ours != theirs:
            problems.append(f"ours   {ours}\ntheirs {theirs}")
    print("\n".join(problems[:60]) or f"{len(kept) - skipped} lines agree, {skipped} left to the documentation")
    return 1 if problems or len(kept) - skipped < 500 else 0


if __name__ == "__main__":
    sys.exit(main())
