import { parseArgs } from 'node:util';
import { type Finding, fuzz } from './fuzzer.ts';
import type { Plant } from './plants.ts';
import { Watchdog } from './watchdog.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    runs: { type: 'string', default: '20000' },
    plant: { type: 'string' },
    redis: { type: 'string' },
    patience: { type: 'string', default: '60' },
  },
});

const watchdog = new Watchdog(Number(values.patience) * 1_000);
const finding = await fuzz({
  seed: Number(values.seed),
  from: Number(values.from),
  runs: Number(values.runs),
  rig: { plant: values.plant as Plant | undefined, redisUrl: values.redis },
  onBatch: (run) => watchdog.beat(run),
});
watchdog.stop();
if (finding) {
  process.stdout.write(`${report(finding)}\n`);
  process.exit(1);
}
process.exit(0);

/** In a form that goes into test/fuzz/regressions.ts as it is. */
function report({ seed, run, what, payload, changes }: Finding): string {
  const lines = [`found with seed ${seed} in run ${run}: ${what}`];
  if (changes.length > 0) lines.push(`changes: ${changes.join(', ')}`);
  if (payload !== undefined) lines.push(`payload: ${JSON.stringify(payload)}`);
  return lines.join('\n');
}
