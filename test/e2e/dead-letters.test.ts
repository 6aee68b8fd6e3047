import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Celery, chain } from 'celeriac';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startProgram } from '../support/process.ts';
import { storeNames, stores } from '../support/stores.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/waits.ts';
import { CLI, runCli, startWorker } from '../support/worker.ts';

const folder = tempDir();
const money = join(folder, 'money');
const module = join(folder, 'shop.ts');
writeFileSync(
  module,
  `import { existsSync } from 'node:fs';
   import { Celery } from 'celeriac';
   export const app = new Celery('shop');
   app.task({ name: 'shop.pay', acksOnFailureOrTimeout: false }, (file: string, _to: string) => {
     if (!existsSync(file)) throw new Error('no money');
     return 'paid';
   });`,
);
/** Clears the screen, by an escape and by a control of its own. */
const evil = '\u001b[2J\u009b2J';

describe.each(storeNames)('dead letters on %s', (store) => {
  let url = '';
  let worker: { stop(): Promise<unknown> };
  let client: Celery;

  beforeAll(async () => {
    url = await stores[store]();
    worker = await startWorker({ brokerUrl: url, module, args: ['-P', 'solo'] });
    client = new Celery('client', { broker: url, backend: url });
  });
  afterAll(async () => {
    await client.close();
    await worker.stop();
  });

  /** Runs `celeriac dead …` to its end. */
  async function dead(...args: readonly string[]) {
    const program = runCli(['dead', ...args], { CELERY_BROKER_URL: url });
    const { code } = await program.exited;
    return { code, out: program.stdout, err: program.stderr };
  }

  /** A task that has failed, as its sender has seen. */
  async function aFailedTask(file: string) {
    const result = await client.sendTask<string>('shop.pay', [file, evil]);
    await expect(result.get({ timeout: 20 })).rejects.toThrow('no money');
    return result;
  }

  test('what failed is shown, put back, and ends well: whoever asks then gets that', async () => {
    const file = `${money}-${store}`;
    const result = await aFailedTask(file);
    const [letter] = (await client.deadLetters.list('celery')).letters;

    const list = await dead('list');
    const show = await dead('show', result.id);
    writeFileSync(file, '');
    const redrive = await dead('redrive', letter?.id.slice(0, 10) ?? '');
    await until(async () => (await client.asyncResult(result.id).state()) === 'SUCCESS', {
      ...{ deadlineMs: 20_000, what: 'the end of the task' },
    });

    expect(letter).toMatchObject({ task: 'shop.pay', reason: 'task failed: Error: no money' });
    expect(list).toMatchObject({ code: 0, err: '' });
    expect(list.out).toMatch(/^celery: 1 dead letter\nID +BURIED .*\n[0-9a-f]{10} .*shop\.pay/);
    expect(show.out).toContain(`task id  ${result.id}\nreason   task failed: Error: no money\n`);
    expect(show.out).toMatch(/\\x1B\[2J/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would obey
    expect(`${list.out}${show.out}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(redrive).toEqual({ code: 0, out: '1 put back\n', err: '' });
    await expect(client.asyncResult(result.id).get({ timeout: 10 })).resolves.toBe('paid');
    expect(await client.deadLetters.queues()).toEqual([]);
  });

  test('the message itself is printed to the byte, and what is known of it as JSON', async () => {
    const nowhere = 'n'.repeat(200_000); // more than a pipe takes at a time
    const { id } = await aFailedTask(nowhere);
    const letter = await client.deadLetters.find(id);
    const into = join(folder, `raw-${store}`);
    const raw = `'${process.execPath}' '${CLI}' dead show ${id} --raw > '${into}'`;

    const [printed, show, list] = await Promise.all([
      startProgram('sh', ['-c', raw], { env: { CELERY_BROKER_URL: url } }).exited,
      dead('show', id, '--json'),
      dead('list', '-Q', 'celery,other', '--limit', '1', '--json'),
    ]);

    expect(printed.code).toBe(0);
    expect(readFileSync(into)).toEqual(letter?.payload);
    const shown = JSON.parse(show.out);
    expect(shown).toMatchObject({
      ...{ id: letter?.id, taskId: id, earlier: [], call: { args: [nowhere, evil] } },
      payload: letter?.payload.toString('base64'),
    });
    expect(JSON.parse(list.out).queues).toMatchObject([
      { queue: 'celery', letters: [{ id: letter?.id, at: shown.at }] },
    ]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would obey
    expect(show.out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\uffff]/);
  });

  test('deleting asks, what is not there is told, and a wrong line deletes nothing', async () => {
    await aFailedTask('nowhere');
    const before = (await client.deadLetters.queues())[0]?.count;

    const answers = await Promise.all([
      dead('purge', '--all'),
      dead('purge', '-f'),
      dead('redrive', 'abcd', '--all'),
      dead('redrive', 'nothing'),
      dead('show', '\u001b[2J'),
      dead('purge', '-f', '--older-than', '5000'),
    ]);
    const left = (await client.deadLetters.queues())[0]?.count;
    const purge = await dead('purge', '-Q', 'celery', '-f', '--json');

    expect(answers.map(({ code }) => code)).toEqual([2, 2, 2, 1, 1, 0]);
    const [asks, which, both, nothing, evilId, old] = answers;
    expect(asks?.err).toContain('--force');
    expect(which?.err).toContain('say which dead letters');
    expect(both?.err).toContain('not both');
    expect(nothing).toMatchObject({ out: '0 put back\n', err: "no dead letter 'nothing'\n" });
    expect(evilId?.err).toBe("no dead letter '\\x1b[2J'\n");
    expect(old?.out).toBe('0 deleted\n');
    expect(left).toBe(before);
    expect(JSON.parse(purge.out)).toEqual({ purged: before, missing: [] });
    expect(await client.deadLetters.queues()).toEqual([]);
  });

  test('a chain whose next step has no queue has failed, from there to its end', async () => {
    const file = `${money}-${store}-chain`;
    writeFileSync(file, '');
    const nowhere = { exchange: 'nobody', exchangeType: 'direct', routingKey: 'here' } as const;
    const end = await chain(
      client.signature('shop.pay', [file, 'first']),
      client.signature('shop.pay', [], nowhere),
      client.signature('shop.pay', []),
    ).delay();

    await expect(end.get({ timeout: 20 })).rejects.toThrow("exchange 'nobody' has no queue");

    const [letter] = (await client.deadLetters.list('celery')).letters;
    expect(letter?.reason).toContain("exchange 'nobody' has no queue for routing key 'here'");
    expect(await client.asyncResult(letter?.taskId ?? '').state()).toBe('FAILURE');
    await client.deadLetters.purge({ all: true });
  });
});
