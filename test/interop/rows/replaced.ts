import { Batch, provesNoResult, provesSums, replacingCases } from '../batches.ts';
import type { Form } from '../forms.ts';
import type { Row } from '../row.ts';
import { add, all, deep, join, linked, seq, step } from '../shapes.ts';

const nothing = { ...step('deep', 0), immutable: true };
/** `total` is what the task whose place it takes is to come to. */
const total = step('deep', 'total');
const forms: readonly Form[] = [
  { name: 'a task', shape: total, value: null },
  { name: 'a chain', shape: seq(total, add(5), add(-5)), value: null },
  { name: 'a group', shape: all(total, nothing), value: null },
  { name: 'a chord', shape: join([total, nothing], deep), value: null },
  { name: 'a chain that ends in a group', shape: seq(total, all(deep, nothing)), value: null },
  {
    name: 'a chain with a chord before its end',
    shape: seq(total, join([deep, nothing], deep), deep),
    value: null,
  },
];

const [one, two, three] = [step('deep', 1), step('deep', 2), step('deep', 3)];
const shapes = [
  seq(one, two, three),
  all(one, two),
  join([one, two], three),
  seq(one, join([seq(two, three), one], two), three),
  linked(one, two),
];

const batch = new Batch((direction) => {
  return direction === 'together' ? [] : replacingCases(forms, { shapes, direction });
});

function isLost({ shape }: Form): boolean {
  const last = 'chain' in shape && shape.chain.at(-1);
  return last !== false && last !== undefined && 'group' in last;
}

export const rows: readonly Row[] = forms.map((form) => ({
  name: `\`replace\` by ${form.name}`,
  notes:
    'in each place of a chain, of a group, of a chord, of a chord in a chain, and with a link; tasks of both sides take the place',
  pythonToUs: provesSums(batch, 'pythonToUs', form),
  usToPython: isLost(form)
    ? {
        cannot:
          "Celery makes one result of a group alone: of a chain that ends in one the replaced task's id gets none, in any place",
        proof: provesNoResult(batch, form),
      }
    : provesSums(batch, 'usToPython', form),
}));
