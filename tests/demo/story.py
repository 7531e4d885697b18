#!/usr/bin/python3
"""The pager story ends well, in time, and leaves no process behind: on two network namespaces, on loopback addresses, and without
root rights.
    story.py PAGER_DEMO hosts|loopback|unprivileged"""
import os
import subprocess
import sys
import tempfile
import time
import uuid

LIMIT = 30  # seconds
NOBODY = 65534
SCENES = ("1. In the client's own process", '2. In another process on alpha', '3. On the host lola', '4. A legacy client', 'The end')


def marked(mark):
    """Processes that inherited the mark: clients, daemons, and the servers that those start in sessions of their own."""
    found = []
    for name in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{name}/environ', 'rb') as environment:
                if mark in environment.read():
                    with open(f'/proc/{name}/cmdline', 'rb') as command:
                        found.append((int(name), command.read().replace(b'\0', b' ').decode()))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            pass
    return found


def main():
    program, how = sys.argv[1:3]
    root = os.geteuid() == 0
    mark = f'PAGER_STORY_MARK={uuid.uuid4()}'
    name, value = mark.split('=')
    command = [program] + (['--loopback'] if how != 'hosts' else [])
    with tempfile.TemporaryDirectory(prefix='pager-home-') as home:
        if how == 'unprivileged' and root:
            os.chown(home, NOBODY, NOBODY)
            command = ['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups', program]
        os.mkdir(stages := os.path.join(home, 'stages'))
        os.chmod(stages, 0o777)
        os.chmod(home, 0o755)
        start = time.monotonic()
        done = subprocess.run(command, env=dict(os.environ, HOME=home, TMPDIR=stages, **{name: value}), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              start_new_session=True, timeout=4 * LIMIT)
        took = time.monotonic() - start
        left_files = os.listdir(stages)
    failures = [f'left behind: {left_files}'] if left_files else []
    if done.returncode != 0:
        failures.append(f'status {done.returncode}')
    failures += [f'not told: {scene}' for scene in SCENES if scene not in done.stdout]
    for told, times in (('exchanges with this host\'s daemon: 0, with another host: 1', 2), ('<- callback in process', 5),
                        ('has ended: its last object is gone', 3), ('  released', 5)):
        if done.stdout.count(told) != times:
            failures.append(f'"{told}" {done.stdout.count(told)} times instead of {times}')
    if took > LIMIT:
        failures.append(f'{took:.1f} s')
    if left := marked(mark.encode()):
        failures.append(f'processes left behind: {left}')
    if failures:
        print(done.stdout)
        sys.exit('FAILED: ' + '; '.join(failures))
    print(f'{how}: {took:.1f} s, nothing left behind')


main()
