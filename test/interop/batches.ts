import { expect } from 'vitest';
import type { Form } from './forms.ts';
import type { Place } from './place.ts';
import { type Fate, type Played, played, sumOf } from './played.ts';
import type { Proof } from './row.ts';
import {
  anyone,
  type Choose,
  identified,
  mapped,
  type Shape,
  type Step,
  sided,
  ways,
} from './shapes.ts';
import { type Sending, type Told, type Trial, tried } from './trials.ts';

export type Direction = 'pythonToUs' | 'usToPython' | 'together';

const sendings = {
  pythonToUs: { client: 'python', errbacks: 'py' },
  usToPython: { client: 'us', errbacks: 'ours' },
} as const;

/** One canvas of a form. */
interface Case {
  readonly form: Form;
  /** The place of the task that fails, in the order of tasks. */
  readonly failsAt?: number | undefined;
  readonly trial: Trial;
  /** What it is to come to, if that is not what its shape says. */
  readonly like?: Shape;
  readonly sending: Sending;
}

/** A case, and what came of it. */
interface Ended extends Omit<Case, 'sending'> {
  readonly told: Told;
}

/** Forms that are sent together, as soon as a test asks for one of them. */
export class Batch {
  readonly #casesOf: (direction: Direction) => readonly Case[];
  readonly #ended = new Map<Direction, Promise<readonly Ended[]>>();

  constructor(casesOf: (direction: Direction) => readonly Case[]) {
    this.#casesOf = casesOf;
  }

  /** What came of a form; each batch is sent once to a place. */
  async of(place: Place, direction: Direction, form: Form): Promise<readonly Ended[]> {
    let ended = this.#ended.get(direction);
    if (!ended) {
      ended = this.#run(place, this.#casesOf(direction));
      this.#ended.set(direction, ended);
    }
    const own = (await ended).filter((each) => each.form === form);
    expect(own.length).toBeGreaterThan(0);
    return own;
  }

  async #run(place: Place, cases: readonly Case[]): Promise<readonly Ended[]> {
    const runs = Object.values(sendings).map(async (sending) => {
      const own = cases.filter((each) => each.sending === sending);
      const told = await tried(
        place,
        own.map(({ trial }) => trial),
        sending,
      );
      return own.map((each, at) => ({ ...each, told: told[at] as Told }));
    });
    return (await Promise.all(runs)).flat();
  }
}

/** A form as it is, with all tasks on the other side, and spread over both; together: sent by both, for whoever is free. */
export function wholeCases(forms: readonly Form[], direction: Direction): readonly Case[] {
  if (direction === 'together') {
    const both = Object.values(sendings);
    return forms.flatMap((form) => both.flatMap((each) => [caseOf(form, anyone, each)]));
  }
  return withoutStuck(forms, direction).flatMap((form) => {
    const chosen = form.stuck ? ways[direction].slice(0, 1) : ways[direction];
    return chosen.map((choose) => caseOf(form, choose, sendings[direction]));
  });
}

/** A worker of Python's that is stuck in one of them would be so for all. */
function withoutStuck(forms: readonly Form[], direction: Direction): readonly Form[] {
  return direction === 'pythonToUs' ? forms : forms.filter(({ stuck }) => !stuck);
}

function caseOf(form: Form, choose: Choose, sending: Sending): Case {
  return { form, trial: identified(sided(form.shape, choose)), sending };
}

/**
 * A form as often as it has tasks, each time with another one that fails: with all tasks on the other side; together: that
 * one on our worker, and the others on whichever is free.
 */
export function failingCases(forms: readonly Form[], direction: Direction): readonly Case[] {
  return withoutStuck(forms, direction).flatMap((form) =>
    placesIn(form).map((failsAt) => failingCase(form, { direction, failsAt })),
  );
}

/** One of them; with undefined nothing fails. */
export function failingCase(
  form: Form,
  { direction, failsAt }: { direction: Direction; failsAt: number | undefined },
): Case {
  const choose = { pythonToUs: 'ours', usToPython: 'py', together: 'both' } as const;
  const broken = mapped(form.shape, (each, at) => {
    return at === failsAt ? { ...each, task: 'fail' } : each;
  });
  const side = (at: number) => {
    return direction === 'together' && at === failsAt ? 'ours' : choose[direction];
  };
  const sending = sendings[direction === 'together' ? 'usToPython' : direction];
  return { form, failsAt, trial: identified(sided(broken, side)), sending };
}

/**
 * Each of some shapes as often as it has tasks, each time with another one that puts a form in its place. Its own tasks are
 * all on the other side, those of the form on both.
 */
export function replacingCases(
  forms: readonly Form[],
  { shapes, direction }: { shapes: readonly Shape[]; direction: 'pythonToUs' | 'usToPython' },
): readonly Case[] {
  const [side, other] = direction === 'pythonToUs' ? ['ours', 'py'] : (['py', 'ours'] as const);
  return forms.flatMap((form) => {
    const replacement = sided(form.shape, (at) => (at % 2 ? side : other) as 'ours' | 'py');
    return shapes.flatMap((plain) =>
      placesIn({ shape: plain }).map((place) => {
        const { shape: like, ids } = identified(sided(plain, () => side as 'ours' | 'py'));
        const swap = (each: Step, at: number) => {
          const swapped = { ...each, task: `${side}.swapped`, args: [...each.args, replacement] };
          return at === place ? swapped : each;
        };
        const trial = { shape: mapped(like, swap), ids };
        return { form, failsAt: place, trial, like, sending: sendings[direction] };
      }),
    );
  });
}

/** All tasks of a form that has been replaced come to the same sums. */
export function provesSums(batch: Batch, direction: Direction, form: Form): Proof {
  return async (place) => {
    for (const { trial, told, like, failsAt } of await batch.of(place, direction, form)) {
      const { tasks, whole } = played(like ?? trial.shape);
      const sumsOf = (states: readonly string[]) =>
        states.map((each) =>
          each.replace(/^SUCCESS (.*)$/, (_, json) => `${sumOf(JSON.parse(json))}`),
        );
      const which = `task ${failsAt} of ${JSON.stringify(like)}`;
      expect(sumsOf(told.states), which).toEqual(sumsOf(statesOf(trial, tasks)));
      expect([sumOf(told.whole.value), told.called], which).toEqual([
        'value' in whole && sumOf(whole.value),
        [],
      ]);
    }
  };
}

/** A Python worker stores nothing for a task in whose place there is such a form. */
export function provesNoResult(batch: Batch, form: Form): Proof {
  return async (place) => {
    const ended = await batch.of(place, 'usToPython', form);
    const states = ended.map(({ told, failsAt = 0 }) => told.states[failsAt]);
    expect(states).toEqual(states.map(() => 'PENDING'));
  };
}

/** The places of a shape's tasks. */
export function placesIn({ shape }: Pick<Form, 'shape'>): readonly number[] {
  const places: number[] = [];
  mapped(shape, (each, at) => {
    places.push(at);
    return each;
  });
  return places;
}

/** What a form came to, wherever its tasks ran, is what it is to come to. */
export function provesValues(batch: Batch, direction: Direction, form: Form): Proof {
  return async (place) => {
    for (const { trial, told } of await batch.of(place, direction, form)) {
      const { tasks, whole } = played(trial.shape);
      expect(whole).toEqual({ value: form.value });
      expect(told).toEqual({
        states: statesOf(trial, tasks),
        whole: { value: form.value },
        called: [],
      });
    }
  };
}

/** Each task of a form that has failed, its handle and the errback's calls are as they are to be on our worker. */
export function provesErrors(batch: Batch, direction: Direction, form: Form): Proof {
  return async (place) => {
    for (const { trial, told, failsAt } of await batch.of(place, direction, form)) {
      const { tasks, whole } = played(trial.shape);
      const which = `an error of task ${failsAt} of ${form.name}`;
      if (form.forgotten === 'any' && told.whole.refused) continue;
      expect(told.states, which).toEqual(statesOf(trial, tasks));
      if ('value' in whole) {
        expect(told, which).toMatchObject({ whole, called: [] });
        continue;
      }
      expect(told.whole, which).toMatchObject({
        error: expect.stringMatching(/^(Range|Chord)Error$/),
      });
      if (direction === 'together') continue;
      // for which task depends on how a client joins what follows a chord
      if (form.forgotten === 'any') {
        expect(told.called, which).not.toEqual([]);
        continue;
      }
      const called = whole.called.map((id) => trial.ids.indexOf(id));
      expect(told.called.toSorted(), which).toEqual(called.toSorted());
    }
  };
}

/**
 * The same of Celery 5.2's worker, but for what it forgets: where nothing is said of that, each task has its state and the
 * errback is called; else there are tasks that wait for ever, and no other states than ours.
 */
export function provesErrorsOfPython(batch: Batch, form: Form): Proof {
  return async (place) => {
    const ended = await batch.of(place, 'usToPython', form);
    const pending = ended.filter(({ trial, told, failsAt }) => {
      const { tasks, whole } = played(trial.shape);
      const expected = statesOf(trial, tasks);
      const which = `an error of task ${failsAt} of ${form.name}`;
      const isLeft = (at: number) => told.states[at] === 'PENDING' && expected[at] !== 'PENDING';
      const left = expected.filter((_, at) => isLeft(at));
      if ('value' in whole) expect([told.whole, left], which).toEqual([whole, []]);
      expect(told.states, which).toEqual(
        expected.map((each, at) => (isLeft(at) ? 'PENDING' : each)),
      );
      if (left.length === 0 && 'called' in whole) {
        const called = whole.called.map((id) => trial.ids.indexOf(id));
        expect(told.called, which).toEqual(expect.arrayContaining(called));
      }
      return left.length > 0;
    });
    if (form.forgotten === 'any') return;
    expect(pending.map(({ failsAt }) => failsAt)).toEqual(form.forgotten ?? []);
  };
}

function statesOf({ ids, shape }: Trial, tasks: Played['tasks']): readonly string[] {
  const failing = new Map<string, string>();
  mapped(shape, (each) => {
    const own = each.task === 'py.fail' ? 'ValueError' : 'RangeError';
    if (each.task.endsWith('.fail')) failing.set('own', own);
    return each;
  });
  const stateOf = (fate: Fate | undefined) => {
    if (!fate) return 'PENDING';
    if ('value' in fate) return `SUCCESS ${JSON.stringify(fate.value)}`;
    return `FAILURE ${fate.error === 'its own' ? failing.get('own') : fate.error}`;
  };
  return ids.map((id) => stateOf(tasks.get(id)));
}
