import fc from 'fast-check';
import { seed, some } from '../../support/some-values.ts';
import { Batch, failingCase, placesIn, provesErrors, provesErrorsOfPython } from '../batches.ts';
import type { Form } from '../forms.ts';
import type { Place } from '../place.ts';
import type { Proof, Row } from '../row.ts';
import { all, join, type Shape, seq, step } from '../shapes.ts';

const COUNT = 40;
/** How many tasks one of them may have. */
const MOST = 12;

interface Tied {
  /** Ends in one task. */
  readonly single: Shape;
  readonly any: Shape;
}

/** Of every form up to four deep, but for chains to a group in a header, in which Celery 5.2's worker is stuck. */
const { any: anyShape } = fc.letrec<Tied>((tie) => {
  const single = tie('single') as fc.Arbitrary<Shape>;
  const task = fc.nat(99).map((n): Shape => step('deep', n));
  const group = fc.array(single, { minLength: 2, maxLength: 3 }).map((of) => all(...of));
  const inside = fc.oneof({ weight: 3, arbitrary: single }, { weight: 1, arbitrary: group });
  const header = fc.array(inside, { minLength: 1, maxLength: 3 });
  const steps = fc.array(inside, { minLength: 1, maxLength: 2 });
  const ending = (last: fc.Arbitrary<Shape>) => [
    fc.tuple(steps, last).map(([before, end]) => seq(...before, end)),
    fc.tuple(header, last).map(([parts, body]) => join(parts, body)),
  ];
  const depth = { maxDepth: 3, depthSize: 'small', withCrossShrink: true } as const;
  return {
    single: fc.oneof(depth, task, ...ending(single)),
    any: fc.oneof(...ending(single), ...ending(group), group),
  };
});

const isSmall = (shape: Shape) => placesIn({ shape }).length <= MOST;

interface Random extends Form {
  readonly failsAt: number | undefined;
}

const forms: readonly Random[] = some(fc.tuple(anyShape.filter(isSmall), fc.nat()), COUNT).map(
  ([shape, place], index) => {
    const name = `SEED=${seed}, ${JSON.stringify(shape)}`;
    const failsAt = index % 2 ? place % placesIn({ shape }).length : undefined;
    return { name, shape, value: undefined, forgotten: 'any', failsAt };
  },
);

const batch = new Batch((direction) => {
  return forms.map((form) => failingCase(form, { direction, failsAt: form.failsAt }));
});

function each(proves: (form: Form) => Proof): Proof {
  return async (place: Place) => {
    for (const form of forms) await proves(form)(place);
  };
}

export const rows: readonly Row[] = [
  {
    name: `${COUNT} random workflows, up to four deep`,
    notes: `others for each \`SEED\`; a task of every second one fails, and what a Python worker then leaves PENDING is let pass, as are those that Celery 5.2 cannot send itself`,
    pythonToUs: each((form) => provesErrors(batch, 'pythonToUs', form)),
    usToPython: each((form) => provesErrorsOfPython(batch, form)),
    together: each((form) => provesErrors(batch, 'together', form)),
  },
];
