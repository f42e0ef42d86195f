"""Runs one server for as long as a test process lives, then stops it and removes its folders.

Usage: guardian.py SIGNAL LOG FOLDER... -- COMMAND...

Standard input is a pipe whose other end only the test process holds. The kernel closes it when
that process ends: by return, panic, abort, Ctrl-C or SIGKILL. That end of file is the order to stop.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading


def main() -> None:
    split = sys.argv.index("--")
    stop_signal, log, *folders = sys.argv[1:split]
    command = sys.argv[split + 1 :]

    # Ctrl-C is for the test process; its end is what we wait for.
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)

    with open(log, "wb") as output:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    stopping = threading.Event()

    def report_early_end() -> None:
        code = server.wait()
        if not stopping.is_set():
            with open(log, errors="replace") as lines:
                sys.stderr.write(f"{command[-1]} ended early with {code}:\n{lines.read()}\n")
                sys.stderr.flush()
            remove(folders)
            os._exit(1)

    threading.Thread(target=report_early_end, daemon=True).start()
    try:
        sys.stdin.buffer.read()
    finally:
        stopping.set()
        server.send_signal(getattr(signal, stop_signal, signal.SIGTERM))
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        remove(folders)


def remove(folders: list[str]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


main()
