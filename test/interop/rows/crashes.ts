import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { tempDir } from '../../support/temp.ts';
import { SOON } from '../crossing.ts';
import { eventually } from '../place.ts';
import type { Row } from '../row.ts';
import { Scene } from '../scene.ts';

/** What a task waits for: it goes on once it is opened. */
function aGate(): { readonly path: string; open(): void } {
  const path = join(tempDir(), 'gate');
  return { path, open: () => writeFileSync(path, '') };
}

/** A worker of Python's with that claim is killed. @returns the task's result */
async function killedInPython(scene: Scene, gate: string) {
  const worker = await scene.startPython();
  const result = await scene.sendFromPython('task', { gate });
  await scene.running('task');
  await worker.die();
  return result;
}

/** The same with a worker of ours, and our client. */
async function killedInOurs(scene: Scene, gate: string) {
  const worker = await scene.startOurs();
  const result = await scene.send('task', { gate });
  await scene.running('task');
  await worker.die();
  return result;
}

export const rows: readonly Row[] = [
  {
    name: 'worker killed in mid-task: the other side finishes',
    notes:
      "each as it starts: ours finds a claim of Python's older than the visibility timeout, a worker of Python's one of ours that is not renewed",
    async pythonToUs(place) {
      const [scene, gate] = [new Scene(place, 1), aGate()];
      const result = await killedInPython(scene, gate.path);
      gate.open();
      await scene.startOurs();
      await expect(result.get(SOON)).resolves.toEqual(['ours', 'task', true]);
      expect(scene.runs()).toEqual(['python task', 'ours task']);
      await scene.expectNothingLeft();
    },
    async usToPython(place) {
      const [scene, gate] = [new Scene(place, 2), aGate()];
      const result = await killedInOurs(scene, gate.path);
      gate.open();
      await scene.claimIsStale();
      await scene.startPython();
      await expect(result.get(SOON)).resolves.toEqual(['python', 'task', true, null]);
      expect(scene.runs()).toEqual(['ours task', 'python task']);
      await scene.expectNothingLeft();
    },
  },
  {
    name: "sweep: the one side's gives back what the other side's dead worker held",
    notes:
      "a Python sweep says `redelivered`, ours counts in `x-celeriac-deliveries`, too; either is read here, and does no harm to a task of Python's",
    async pythonToUs(place) {
      const [scene, gate] = [new Scene(place, 3), aGate()];
      const result = await killedInOurs(scene, gate.path);
      gate.open();
      await scene.claimIsStale();
      await scene.sweepFromPython();
      expect(await scene.waiting()).toBe(1);
      await scene.startOurs();
      await expect(result.get(SOON)).resolves.toEqual(['ours', 'task', true]);
    },
    async usToPython(place) {
      const [scene, gate] = [new Scene(place, 4), aGate()];
      const result = await killedInPython(scene, gate.path);
      gate.open();
      const sweeper = await scene.startOurs('elsewhere');
      await eventually('our sweep', async () => (await scene.waiting()) === 1);
      await sweeper.stop();
      await scene.startPython();
      await expect(result.get(SOON)).resolves.toEqual(['python', 'task', true, 1]);
    },
  },
  {
    name: 'sweep: what a live worker holds stays with it',
    notes:
      "a Python sweep spares what ours renews, longer than its visibility timeout; ours spares what Python's has held for less than that",
    async pythonToUs(place) {
      const [scene, gate] = [new Scene(place, 5, { visibilityS: 3 }), aGate()];
      await scene.startOurs();
      const result = await scene.sendFromPython('task', { gate: gate.path });
      await scene.running('task');
      const sinceMs = Date.now();
      // longer than the sweeping side's timeout
      await eventually('time to pass', async () => {
        await scene.sweepFromPython();
        return Date.now() - sinceMs > 1_500 * scene.visibilityS;
      });
      expect(await scene.held()).toBe(1);
      gate.open();
      await expect(result.get(SOON)).resolves.toEqual(['ours', 'task', false]);
      expect(scene.runs()).toEqual(['ours task']);
    },
    async usToPython(place) {
      const [scene, gate] = [new Scene(place, 6, { visibilityS: 60 }), aGate()];
      await scene.startPython();
      const result = await scene.send('task', { gate: gate.path });
      await scene.running('task');
      await scene.plantStray();
      await scene.startOurs('elsewhere');
      await eventually('our sweep', async () => (await scene.waiting('stray')) === 1);
      expect(await scene.held()).toBe(1);
      gate.open();
      await expect(result.get(SOON)).resolves.toEqual(['python', 'task', null, null]);
      expect(scene.runs()).toEqual(['python task']);
    },
  },
  {
    name: 'warm shutdown: what was held goes to the other side',
    notes:
      "what Python's worker kept for a later time; what ours could not finish within `workerShutdownTimeout`",
    async pythonToUs(place) {
      const scene = new Scene(place, 7);
      const worker = await scene.startPython();
      const results = [];
      for (const text of ['one', 'other']) {
        results.push(await scene.sendFromPython(text, { countdown: 4 }));
      }
      await eventually('it to hold them', async () => (await scene.held()) === 2);
      worker.terminate();
      await worker.exited;
      expect([await scene.held(), await scene.waiting()]).toEqual([0, 2]);
      await scene.startOurs();
      const ends = await Promise.all(results.map((result) => result.get(SOON)));
      expect(ends.map(([who]) => who)).toEqual(['ours', 'ours']);
      await scene.expectNothingLeft();
    },
    async usToPython(place) {
      const [scene, gate] = [new Scene(place, 8), aGate()];
      const worker = await scene.startOurs();
      const result = await scene.send('first', { gate: gate.path });
      await scene.running('first');
      worker.terminate();
      await worker.exited;
      gate.open();
      await scene.startPython();
      await expect(result.get(SOON)).resolves.toEqual(['python', 'first', null, null]);
      await scene.expectNothingLeft();
    },
  },
  {
    name: 'ETA: whose worker dies, the other side runs it in its time',
    notes:
      "a worker of Python's keeps it in its memory, where ours finds it after the visibility timeout; ours parks it so that a sweep of Python's finds it when it is due",
    async pythonToUs(place) {
      const scene = new Scene(place, 9);
      const worker = await scene.startPython();
      const dueMs = Date.now() + 4_000;
      const result = await scene.sendFromPython('later', { countdown: 4 });
      await eventually('it to be held', async () => (await scene.held()) === 1);
      await worker.die();
      await scene.startOurs();
      const [who] = await result.get(SOON);
      expect(who).toBe('ours');
      expect(Date.now()).toBeGreaterThanOrEqual(dueMs - 50);
      await scene.expectNothingLeft();
    },
    async usToPython(place) {
      const scene = new Scene(place, 10);
      const worker = await scene.startOurs();
      const dueMs = Date.now() + 3_000;
      const result = await scene.send('later', { countdown: 3 });
      await eventually('it to be parked', async () => (await scene.parked()) === 1);
      await worker.die();
      await scene.sweepFromPython();
      expect((await scene.waiting()) === 0 || Date.now() >= dueMs).toBe(true);
      await eventually('it to be due', () => Date.now() > dueMs);
      await scene.startPython();
      const [who] = await result.get(SOON);
      expect(who).toBe('python');
    },
  },
];
