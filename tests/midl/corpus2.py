"""The complete IDL of the open specifications: compiles each file, and compares what the model says with facts of the specifications' texts:
numbers of methods and ids of interfaces.

corpus2.py MIDL FOLDER. Each file of FOLDER names its document and section in its first line.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

IDS = {"IObjectExporter": "99FCFEC4-5260-101B-BBCB-00AA0021347A", "IRemoteSCMActivator": "000001A0-0000-0000-C000-000000000046",
       "IActivation": "4D9F4AB8-7D1C-11CF-861E-0020AF6E7C57", "IRemUnknown2": "00000143-0000-0000-C000-000000000046",
       "IDispatch": "00020400-0000-0000-C000-000000000046", "ITypeInfo": "00020401-0000-0000-C000-000000000046",
       "ITypeInfo2": "00020412-0000-0000-C000-000000000046", "winreg": "338CD001-2244-31F1-AAAA-900038001003",
       "svcctl": "367ABB81-9844-35F1-AD32-98F038001003", "IWbemServices": "9556DC99-828C-11CF-A37E-00AA003240C7"}


def methods(item: dict) -> list:
    return [m for m in item["methods"] if not m.get("remote_form")]


def main() -> int:
    midl, folder = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2]).resolve()
    failures, seen, found, total = [], set(), set(), 0
    sources = sorted(folder.glob("*.idl"))
    with tempfile.TemporaryDirectory() as out:
        for source in sources:
            text = source.read_text()
            if not re.match(r"// From \[MS-\w+\], section \d+", text):
                failures.append(f"{source.name}: does not say where it is from")
            run = subprocess.run([midl, "-W0", "-out", out, "-json", "m.json", source.name], cwd=folder, capture_output=True, text=True, timeout=60)
            if run.returncode != 0:
                failures.append(f"{source.name}:\n{run.stderr}")
                continue
            model = json.loads(pathlib.Path(out, "m.json").read_text())
            interfaces = {item["name"]: item for item in model["items"] if item["kind"] == "interface"}
            bare = re.sub(r"//[^\n]*|/\*.*?\*/|\"[^\"]*\"", "", text, flags=re.S)
            named = re.findall(r"\binterface\s+(\w+)\s*(?::\s*\w+\s*)?\{", bare)
            if list(interfaces) != named:
                failures.append(f"{source.name}: interfaces {sorted(set(named) ^ set(interfaces))}")
            made = {p.name for p in pathlib.Path(out).iterdir()}
            objects = [i for i in interfaces.values() if i["object"] and methods(i)]
            raw = [i for i in interfaces.values() if not i["object"] and methods(i)]
            wanted = [".h"] + (["_p.cpp"] if objects else []) + (["_c.cpp", "_s.cpp"] if raw else [])
            failures += [f"{source.name}: no {source.stem}{ending}" for ending in wanted if source.stem + ending not in made]
            total += sum(len(methods(i)) for i in interfaces.values())
            for name, item in interfaces.items():
                numbers = [m["opnum"] for m in methods(item)]
                if numbers != list(range(item["first_opnum"], item["first_opnum"] + len(numbers))):
                    failures.append(f"{source.name}: {name} has the numbers {numbers}")
                found |= {f"{source.stem} {m['name']} {m['opnum']}" for m in methods(item)}
                if name in IDS:
                    seen.add(name)
                    if item["uuid"] != IDS[name]:
                        failures.append(f"{name} has the uuid {item['uuid']}")
    told = {line for line in (folder / "opnums.txt").read_text().splitlines() if not line.startswith("#")}
    failures += [f"a section says {line}, the model does not" for line in sorted(told - found)]
    if set(IDS) - seen:
        failures.append(f"not met: {sorted(set(IDS) - seen)}")
    print("\n".join(failures) or f"{len(sources)} documents, {total} methods, {len(told)} of them with a section of their own")
    return 1 if failures or len(sources) < 10 else 0


sys.exit(main())
