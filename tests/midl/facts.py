"""What midl makes of small sources: for tests that are lists of facts.

Sources are compiled with the project's own IDL in the search path; `made` gives the outputs by ending, the model, and the type library's text.
"""
import json
import pathlib
import subprocess
import tempfile


class Facts:
    def __init__(self, midl: str, idl: str, dcom: str = ""):
        self.midl, self.idl, self.dcom = str(pathlib.Path(midl).resolve()), str(pathlib.Path(idl).resolve()), dcom
        self.failures: list[str] = []
        self.count = 0

    def made(self, source: str, *switches: str, files: dict | None = None) -> dict:
        """"status", "says", "model", "tlb" (dumped), and each output by its ending: "h", "i", "p", "c", "s"."""
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {"a.idl": source, **(files or {})}.items():
                pathlib.Path(folder, name).write_text(text)
            run = subprocess.run([self.midl, "-I", self.idl, "-json", "a.json", *switches, "a.idl"], cwd=folder, capture_output=True, text=True,
                                 timeout=60)
            result = {"status": run.returncode, "says": run.stderr, "h": "", "i": "", "p": "", "c": "", "s": "", "tlb": "", "model": {}}
            for key, name in {"h": "a.h", "i": "a_i.c", "p": "a_p.cpp", "c": "a_c.cpp", "s": "a_s.cpp"}.items():
                path = pathlib.Path(folder, name)
                if path.exists():
                    result[key] = path.read_text()
            if pathlib.Path(folder, "a.json").exists():
                result["model"] = json.loads(pathlib.Path(folder, "a.json").read_text())
            library = pathlib.Path(folder, "a.tlb")
            if library.exists() and self.dcom:
                result["tlb"] = subprocess.run([self.dcom, "typelib", "dump", str(library)], capture_output=True, text=True, check=True).stdout
            return result

    def fact(self, name: str, source: str, *switches: str, files: dict | None = None, **holds) -> dict:
        """holds: output → text or list of texts in it, "!text" for not in it; status (0 unless given)."""
        self.count += 1
        result = self.made(source, *switches, files=files)
        problems = []
        if result["status"] != holds.pop("status", 0):
            problems.append(f"status {result['status']}")
        for key, wanted in holds.items():
            content = " ".join((result[key] if isinstance(result[key], str) else json.dumps(result[key])).split())
            for one in [wanted] if isinstance(wanted, str) else wanted:
                text = " ".join(one.lstrip("!").split())
                if (text in content) == one.startswith("!"):
                    problems.append(f"{key}: {one!r}")
        if problems:
            self.failures.append(f"{name}: " + "; ".join(problems) + "\n" + result["says"][:600])
        return result

    def expect(self, name: str, good: bool, shown: str = "") -> None:
        self.count += 1
        if not good:
            self.failures.append(f"{name}\n{shown}")

    def end(self) -> int:
        print("\n".join(self.failures) or f"{self.count} facts hold")
        return 1 if self.failures or self.count == 0 else 0
