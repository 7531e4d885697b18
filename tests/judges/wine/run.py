#!/usr/bin/env python3
"""Runs a Windows program under Wine, in the prefix of this build tree.

  run.py [--timeout SECONDS] PREFIX PROGRAM [ARGS...]     `path:/a/b` in ARGS arrives as Z:\\a\\b
  run.py --create PREFIX      makes the prefix unless it is there, and keeps its wineserver ready for the tests that follow
  run.py --end PREFIX         ends the prefix's wineserver and with it whatever still runs there

As a module: run(prefix, program, args, timeout) gives (exit status, stdout, stderr).
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile

TIMED_OUT = 124


def tool(*names):
    for name in names:
        found = shutil.which(name) or (name if os.path.exists(name) else None)
        if found:
            return found
    sys.exit(f"Wine is not here: none of {', '.join(names)} (package wine64)")


def wine():
    return tool("/usr/lib/wine/wine64", "wine64")


def wineserver():
    return tool("/usr/lib/wine/wineserver64", "wineserver64", "wineserver")


def environment(prefix):
    env = {k: v for k, v in os.environ.items() if not k.startswith("WINE") and k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    env["WINEPREFIX"] = os.path.abspath(prefix)
    env["WINESERVER"] = wineserver()
    env["WINEDEBUG"] = "-all"
    env["WINEDLLOVERRIDES"] = "mscoree,mshtml=;winemenubuilder.exe=d"
    return env


def windows_path(path):
    return "Z:" + os.path.abspath(path).replace("/", "\\")


def run(prefix, program, args=(), timeout=120, cwd=None, env=None):
    """Exit status TIMED_OUT when the time is over; then the program has been ended."""
    arguments = [windows_path(a[5:]) if a.startswith("path:") else a for a in args]
    # Files, not pipes: Wine's services outlive the program and would keep a pipe open.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen([wine(), program, *arguments], env={**environment(prefix), **(env or {})}, cwd=cwd,
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True)
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            status = TIMED_OUT
        out.seek(0)
        err.seek(0)
        return status, out.read(), err.read()


def create(prefix):
    marker = os.path.join(prefix, "complete")
    env = environment(prefix)
    if not os.path.exists(marker):
        shutil.rmtree(prefix, ignore_errors=True)
        os.makedirs(os.path.dirname(os.path.abspath(prefix)), exist_ok=True)
        status, _, err = run(prefix, "wineboot", ["--init"], timeout=400)
        subprocess.run([wineserver(), "-w"], env=env, check=True, timeout=200)
        if status != 0:
            sys.exit(f"wineboot ended with status {status}: {err.decode(errors='replace')}")
        with open(marker, "w", encoding="ascii") as f:
            f.write("wineboot is done\n")
    # Without this every program would start and end a server of its own.
    started = subprocess.run([wineserver(), "-p300"], env=env, check=False, timeout=60, stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if started.returncode not in (0, 2):  # 2: one is running already
        sys.exit(f"wineserver ended with status {started.returncode}")


def end(prefix):
    if os.path.isdir(prefix):
        subprocess.run([wineserver(), "-k"], env=environment(prefix), check=False, timeout=60)


def main(args):
    if args[:1] == ["--create"]:
        return create(args[1])
    if args[:1] == ["--end"]:
        return end(args[1])
    timeout = 120.0
    if args[:1] == ["--timeout"]:
        timeout = float(args[1])
        args = args[2:]
    status, out, err = run(args[0], args[1], args[2:], timeout)
    sys.stdout.buffer.write(out)
    sys.stderr.buffer.write(err)
    if status == TIMED_OUT:
        print(f"{args[1]}: not done after {timeout} seconds", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
