import { Batch, provesValues, wholeCases } from '../batches.ts';
import { bodies, empties, type Form, headers, ignored, links, mappings, mixed } from '../forms.ts';
import type { Row } from '../row.ts';

const named = (prefix: string, forms: readonly Form[]): readonly Form[] => {
  return forms.map((form) => ({ ...form, name: `${prefix}${form.name}` }));
};

const forms = [
  ...named('chord ', headers),
  ...named('body of a chord: ', bodies),
  ...mixed,
  ...named('link ', links),
  ...mappings,
  ...named('empty ', empties),
  ...named('ignored ', ignored),
];

const batch = new Batch((direction) => {
  return wholeCases(direction === 'together' ? forms.filter(isFree) : forms, direction);
});

/** Whether any of its tasks may run on either worker: a map names its task by the side that has it. */
function isFree({ stuck, shape }: Form): boolean {
  return !stuck && !JSON.stringify(shape).includes('"by":');
}

const spread = 'all tasks on the other side, and spread over both';

export const rows: readonly Row[] = forms.map((form) => {
  const { name, notes, stuck } = form;
  return {
    name,
    notes: [stuck ? 'where a worker of ours runs the header' : spread, notes]
      .filter(Boolean)
      .join('; '),
    pythonToUs: provesValues(batch, 'pythonToUs', form),
    usToPython: stuck ? { cannot: stuck } : provesValues(batch, 'usToPython', form),
    ...(stuck && { together: { cannot: stuck } }),
    ...(isFree(form) && { together: provesValues(batch, 'together', form) }),
  };
});
