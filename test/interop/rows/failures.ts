import { Batch, failingCases, provesErrors, provesErrorsOfPython } from '../batches.ts';
import { bodies, type Form, headers, links, mappings, mixed } from '../forms.ts';
import type { Row } from '../row.ts';

const forms = [...headers, ...bodies, ...mixed, ...links, ...mappings].filter(({ fails }) => fails);

const batch = new Batch((direction) => {
  return failingCases(direction === 'together' ? forms.filter(isFree) : forms, direction);
});

function isFree({ stuck, shape }: Form): boolean {
  return !stuck && !JSON.stringify(shape).includes('"by":');
}

/** What a Python worker does otherwise. */
function forgotten(places: readonly number[] | 'any'): string {
  const each = [places]
    .flat()
    .map((at) => Number(at) + 1)
    .join(', ');
  return `where the task of place ${each} fails, Celery 5.2 leaves tasks that wait for it PENDING for ever; else it is as on our worker`;
}

export const rows: readonly Row[] = forms.map((form) => {
  const { fails = '', stuck } = form;
  const proof = provesErrorsOfPython(batch, form);
  return {
    name: `an error in each place: ${fails}`,
    pythonToUs: provesErrors(batch, 'pythonToUs', form),
    usToPython: stuck
      ? { cannot: stuck }
      : form.forgotten
        ? { cannot: forgotten(form.forgotten), proof }
        : proof,
    ...(isFree(form) && { together: provesErrors(batch, 'together', form) }),
  };
});
