import { randomUUID } from 'node:crypto';

const TASKS = 10_000;
const SIDE = Math.sqrt(TASKS);

/**
 * How long large workflows take to put together and to plan, and how large their messages are: no server has a part in it.
 * Each of these forms has about as many tasks.
 */
export const planPromises = [
  {
    title: `CPU time to put together and to plan ${TASKS} tasks, the slowest of nine forms`,
    unit: 'ms',
    limit: 1000,
    isMet: (value) => value < 1000,
    measure: async () => Math.max(...(await measured()).map(({ ms }) => ms)),
  },
  {
    title: `messages of ${TASKS} tasks, the largest of nine forms`,
    unit: 'B/task',
    limit: 1500,
    isMet: (value) => value < 1500,
    measure: async () => Math.max(...(await measured()).map(({ bytes }) => bytes)),
  },
];

async function measured() {
  // what is measured is built only when the bench has begun
  const celeriac = await import('../../dist/index.js');
  const { plan } = await import('../../dist/canvas/index.js');
  const { encodeBody } = await import('../../dist/protocol/index.js');
  const app = new celeriac.Celery('plan', { broker: 'memory://', backend: 'memory://' });
  const add = app.task({ name: 'plan.add' }, (a, b) => a + b);
  const sum = app.task({ name: 'plan.sum' }, (all) => all.reduce((total, each) => total + each, 0));
  return forms({ add, sum, ...celeriac }).map((form) => {
    const began = process.cpuUsage();
    const { tasks } = plan(form().data, { newId: randomUUID, replyTo: randomUUID() });
    const { user, system } = process.cpuUsage(began);
    const sizes = tasks.map(({ args, kwargs, embed }) => encodeBody(args, kwargs, embed).length);
    return {
      ms: (user + system) / 1000,
      bytes: sizes.reduce((total, size) => total + size, 0) / TASKS,
    };
  });
}

function forms({ add, sum, chain, chord, group }) {
  const many = (count, make) => Array.from({ length: count }, (_, index) => make(index));
  const one = (index) => add.si(index, 1);
  const step = (index) => add.s(index);
  const deep = (levels) =>
    levels === 1 ? one(0) : chord([deep(levels - 1), one(levels)], sum.s());
  return [
    () => chain([one(0), ...many(TASKS - 1, step)]),
    () => many(SIDE, step).reduce((left, next) => left.pipe(next), one(0)),
    () => group(many(TASKS, one)),
    () => chord(many(TASKS, one), sum.s()),
    () => group(many(SIDE, () => group(many(SIDE, one)))),
    () =>
      chord(
        many(SIDE, () => chain([one(0), ...many(SIDE - 1, step)])),
        sum.s(),
      ),
    () =>
      chord(
        many(SIDE, () => chord(many(SIDE, one), sum.s())),
        sum.s(),
      ),
    // begun by a task: whoever sends a chord writes all that follows it into each task of its header
    () => chain([one(0), ...many(SIDE, () => [group(many(SIDE, step)), sum.s()]).flat()]),
    () => group(many(TASKS / 28, () => deep(10))),
  ];
}
