"""Runs HTTPie many times in one process: a start costs a fifth of a second, or one with other tests beside it.

Each line of the standard input is {"args": […], "stdin": "…"}; each line of the standard output
{"code": 0, "out": "…", "err": "…"}, the first being {"version": "…"}.
"""
import json
import sys
import tempfile

from httpie import __version__
from httpie.context import Environment
from httpie.core import main


def run(args, text):
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as out, tempfile.TemporaryFile("w+") as err:
        stdin.write(text.encode())
        stdin.seek(0)
        env = Environment(
            stdin=stdin, stdin_isatty=False, stdout=out, stdout_isatty=False, stderr=err, stderr_isatty=False,
            config_dir=sys.argv[1],
        )
        sys.stderr = err  # where argparse writes
        try:
            code = int(main(["http", *args], env=env))
        finally:
            sys.stderr = sys.__stderr__
        out.seek(0)
        err.seek(0)
        return {"code": code, "out": out.read().decode(errors="replace"), "err": err.read()}


print(json.dumps({"version": __version__}), flush=True)
for line in sys.stdin:
    case = json.loads(line)
    print(json.dumps(run(case["args"], case["stdin"])), flush=True)
