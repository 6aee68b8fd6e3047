"""Python's Celery as a client that tests talk to: a JSON object per line in, one per line out.

It is run with a file to execute first, which sees `app` and may add tasks to it or change its
settings; expressions see whatever that file defines besides the names imported here.
"""
import json
import os
import sys

from celery import Celery, chain, chord, chunks, group, signature, xmap, xstarmap  # noqa: F401
from celery.result import AsyncResult, GroupResult  # noqa: F401

app = Celery(
    os.environ["PYTHON_MODULE"],
    broker=os.environ["CELERY_BROKER_URL"],
    backend=os.environ["CELERY_RESULT_BACKEND"],
)
app.set_default()


def sig(task, *args, **kwargs):
    """A signature by name: sig('tasks.add', 1, 2)."""
    return app.signature(task, args=args, kwargs=kwargs)


def si(task, *args, **kwargs):
    """An immutable signature by name."""
    return app.signature(task, args=args, kwargs=kwargs, immutable=True)


names = dict(globals())
sent = {}


def result_of(task_id):
    return sent.get(task_id) or app.AsyncResult(task_id)


def keep(result):
    sent[result.id] = result
    return result.id


def call(task, args, kwargs, options):
    return keep(app.send_task(task, args=args, kwargs=kwargs, **options))


def apply(expression, options):
    return keep(eval(expression, names).apply_async(**options))


def get(task_id, timeout):
    # a group's sleeps half a second otherwise, whatever is there
    return result_of(task_id).get(timeout=timeout, interval=0.01)


def state(task_id):
    return result_of(task_id).state


def evaluate(expression):
    return eval(expression, {**names, "result_of": result_of})


def answer(line):
    request = json.loads(line)
    try:
        return {"value": OPERATIONS[request["op"]](**request["with"])}
    except Exception as error:
        return {"error": {"type": type(error).__name__, "message": str(error)}}


OPERATIONS = {f.__name__: f for f in (call, apply, get, state, evaluate)}

if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        exec(compile(file.read(), sys.argv[1], "exec"), names)
    print(json.dumps({"value": "ready"}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(line), default=repr), flush=True)
