import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { aGate, pythonSees, pythonsCall, weSee } from '../asking.ts';
import type { Place } from '../place.ts';
import type { Cannot, Row } from '../row.ts';

const theirs = expect.stringMatching(/^python@/);

/** What Python's client was answered, by the names of those who did. */
async function answers({ python }: Place, call: string): Promise<string[]> {
  const replies = `app.control.${call.replace(/\)$/, ', reply=True, timeout=1)')}`;
  return (await python.evaluate(`[name for reply in ${replies} for name in reply]`)) as string[];
}

/** Has Python's client revoke a task that nobody has sent yet. @returns its id. */
async function revokedBefore(place: Place): Promise<string> {
  const id = randomUUID();
  await expect(answers(place, `revoke('${id}')`)).resolves.toEqual([theirs]);
  return id;
}

/** The same by our client: whoever is told of it has it before any message that is sent later. @returns its id. */
async function revokedByUs(place: Place): Promise<string> {
  const id = randomUUID();
  await place.app.asyncResult(id).revoke();
  // a worker answers once it has done what it was told before
  await expect(answers(place, "broadcast('ping')")).resolves.toEqual([theirs]);
  return id;
}

/** Our worker runs what was revoked. */
async function runsHere(place: Place, revoked: (place: Place) => Promise<string>): Promise<void> {
  const id = await revoked(place);

  await expect(pythonsCall(place, 'peer.who', [], { task_id: id })).resolves.toBe('ours');
}

/** Python's does not, and whoever waits at our client is told. @returns the handle. */
async function isRevokedThere(place: Place, revoked: (place: Place) => Promise<string>) {
  const taskId = await revoked(place);
  const sent = await place.app.sendTask('peer.who', [], { queue: 'python', taskId });

  await expect(sent.get({ timeout: 20 })).rejects.toMatchObject({
    ...{ code: 'TASK_REVOKED', taskId, reason: 'revoked' },
  });
  return sent;
}

async function hasNoStampRevokes({ python }: Place): Promise<void> {
  const has = "hasattr(app.control, 'revoke_by_stamped_headers')";
  await expect(python.evaluate(has)).resolves.toBe(false);
}

const noControl: Cannot = {
  cannot: 'of all commands our client sends revokes only; the others come with remote control',
  proof: async ({ app }) => expect(app).not.toHaveProperty('control'),
};

const commands: Row[] = [
  {
    name: '`ping` and `inspect`',
    notes: '`app.control.ping()`, `app.control.inspect()`, `celery status`',
    pythonToUs: {
      cannot: "our worker answers no commands yet: Python's workers alone are in the answer",
      async proof({ python }) {
        const pongs = '[name for pong in app.control.ping(timeout=1) for name in pong]';
        await expect(python.evaluate(pongs)).resolves.toEqual([theirs]);
        await expect(
          python.evaluate('list(app.control.inspect(timeout=1).active_queues())'),
        ).resolves.toEqual([theirs]);
      },
    },
    usToPython: noControl,
  },
  {
    name: '`shutdown`, `add_consumer`, `rate_limit`, `pool_grow` and other commands',
    pythonToUs: {
      cannot: 'our worker hears no commands yet, and goes on as before',
      async proof(place) {
        await place.python.evaluate("app.control.shutdown(destination=['ours@host'])");
        await expect(
          place.python.evaluate("app.control.ping(destination=['ours@host'], timeout=1)"),
        ).resolves.toEqual([]);

        await expect(pythonsCall(place, 'peer.who', [])).resolves.toBe('ours');
      },
    },
    usToPython: noControl,
  },
  {
    name: "`revoke()` by Python's client, of a task that waits",
    notes: 'who waits for the result at our client is told; the reason is `revoked`',
    pythonToUs: {
      cannot: 'our worker hears no revokes yet, and runs the task',
      proof: (place) => runsHere(place, revokedBefore),
    },
    async usToPython(place) {
      const sent = await isRevokedThere(place, revokedBefore);
      await expect(sent.state()).resolves.toBe('REVOKED');
    },
  },
  {
    name: "`revoke(terminate=True)` by Python's client, of a task that runs",
    pythonToUs: {
      cannot: 'our worker hears no revokes yet, and the task goes on to its end',
      async proof(place) {
        const gate = aGate();
        const id = await place.python.call('peer.held', [gate.path], { queue: 'ours' });
        await pythonSees(place, id, 'STARTED');
        await expect(answers(place, `revoke('${id}', terminate=True)`)).resolves.toEqual([theirs]);

        gate.open();
        await expect(place.python.get(id)).resolves.toBe('at once');
      },
    },
    usToPython: {
      cannot:
        "the solo pool of these tests ends no task; Celery's documentation names prefork among those that do",
      async proof(place) {
        const gate = aGate();
        const sent = await place.app.sendTask('peer.held', [gate.path], { queue: 'python' });
        await weSee(sent, 'STARTED');
        await place.python.evaluate(`app.control.revoke('${sent.id}', terminate=True)`);

        gate.open();
        await expect(sent.get({ timeout: 20 })).resolves.toBe('at once');
      },
    },
  },
  {
    name: '`revoke()` by our client, of a task that waits',
    notes: '`handle.revoke()`, of a group too; `terminate` and `signal` go along',
    pythonToUs: {
      cannot: 'our worker hears no revokes yet, and runs the task',
      proof: (place) => runsHere(place, revokedByUs),
    },
    usToPython: async (place) => void (await isRevokedThere(place, revokedByUs)),
  },
  {
    name: '`revoke_by_stamped_headers`',
    notes:
      'our client sends it as `handle.revokeByStampedHeaders()`; its message is compared with captures of 5.6',
    pythonToUs: {
      cannot: 'Celery 5.2 has no such command, and our worker hears no revokes yet',
      proof: hasNoStampRevokes,
    },
    usToPython: {
      cannot: 'a worker of Celery 5.2 has no such command',
      proof: hasNoStampRevokes,
    },
  },
];

const noReceiver: Cannot = {
  cannot: 'our client has no receiver of events yet',
  proof: async ({ app }) => expect(app).not.toHaveProperty('events'),
};

const events: Row[] = [
  {
    name: 'events of workers: `worker-online`, `worker-heartbeat`, `worker-offline`',
    notes: '`celery events`, Flower and other monitors',
    pythonToUs: {
      cannot: "our worker sends no events yet: Python's workers alone are heard of",
      async proof({ python }) {
        await expect(python.evaluate("heard('ours', 'python')")).resolves.toMatchObject({
          'worker-heartbeat': [theirs],
        });
      },
    },
    usToPython: noReceiver,
  },
  {
    name: 'events of tasks: `task-received`, `task-succeeded` and others, `worker -E`, `send_event`',
    notes: '`task-sent` (`task_send_sent_event`), too, which our client does not send yet',
    pythonToUs: {
      cannot: "our worker sends no events yet, while Python's tells of each task",
      async proof({ python }) {
        const told = await python.evaluate("heard('ours', 'python')");

        expect(told).toMatchObject({ 'task-received': [theirs], 'task-succeeded': [theirs] });
        expect(JSON.stringify(told)).not.toContain('ours@host');
      },
    },
    usToPython: noReceiver,
  },
  {
    name: '`mingle` and `gossip`',
    notes: "what workers tell each other of revokes and clocks; Python's do so among themselves",
    pythonToUs: {
      cannot: "a worker of Python's that says hello is not answered by ours",
      proof: async (place) => {
        const hello = "broadcast('hello', arguments={'from_node': 'python@new', 'revoked': {}})";
        await expect(answers(place, hello)).resolves.toEqual([theirs]);
      },
    },
    usToPython: { cannot: 'it is workers alone that take part' },
  },
];

/** What a client can tell workers, and what it hears of them, besides tasks and results. */
export const rows: readonly Row[] = [...commands, ...events];
