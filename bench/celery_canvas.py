"""The workflows of the bench for Python's Celery: its app, and the sending side with `celery_canvas.py <job> <count>`."""
import json
import os
import sys
import time

from celery import Celery, chain, chord

URL = os.environ["BENCH_REDIS_URL"]

app = Celery("bench", broker=URL, backend=URL)
app.conf.update(worker_prefetch_multiplier=4, broker_connection_retry_on_startup=True)


@app.task(name="bench.add")
def add(a, b):
    return a + b


@app.task(name="bench.sum")
def sum_of(numbers):
    return sum(numbers)


def send_chord(width):
    return chord([add.s(i, 1) for i in range(width)], sum_of.s()).delay()


def wide_chord():
    return [send_chord(1000).get(timeout=60)]


def many_chords():
    sent = [send_chord(10) for _ in range(100)]
    return [each.get(timeout=60) for each in sent]


def long_chain():
    return [chain([add.s(0, 1), *[add.s(1)] * 99]).delay().get(timeout=60)]


JOBS = {
    "wideChord": (wide_chord, 500500),
    "manyChords": (many_chords, 55),
    "longChain": (long_chain, 100),
}


def main(job, count):
    run, expected = JOBS[job]
    times = []
    for i in range(-1, int(count)):
        started = time.perf_counter()
        for answer in run():
            if answer != expected:
                raise SystemExit(f"a workflow gave {answer} in place of {expected}")
        if i >= 0:
            times.append((time.perf_counter() - started) * 1000)
    os.write(int(os.environ["NODE_CHANNEL_FD"]), (json.dumps({"times": times}) + "\n").encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
