"""`fudemoji serve` as a process of its own."""

import contextlib
import re
import subprocess
import sys

COMMAND = (sys.executable, "-c", "from fudemoji.cli import main; main()")


@contextlib.contextmanager
def serving(run, *options: str):
    """The process and its URL, once it has said its line."""
    command = [*COMMAND, "serve", str(run.path), "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        match = re.fullmatch(r"fudemoji serves done on (http://127\.0\.0\.1:\d+) \(docs at /docs\)\n", line)
        assert match, line + process.stderr.read()
        yield process, match[1]
    finally:
        process.kill()
        process.communicate()
