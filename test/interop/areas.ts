import type { Area } from './row.ts';
import { rows as calls } from './rows/calls.ts';
import { rows as canvas } from './rows/canvas.ts';
import { rows as chords } from './rows/chords.ts';
import { rows as contents } from './rows/contents.ts';
import { rows as control } from './rows/control.ts';
import { rows as crashes } from './rows/crashes.ts';
import { rows as errors } from './rows/errors.ts';
import { rows as failures } from './rows/failures.ts';
import { rows as flows } from './rows/flows.ts';
import { rows as headers } from './rows/headers.ts';
import { rows as keys } from './rows/keys.ts';
import { rows as links } from './rows/links.ts';
import { rows as properties } from './rows/properties.ts';
import { rows as random } from './rows/random.ts';
import { rows as replaced } from './rows/replaced.ts';
import { rows as resultForms } from './rows/result-forms.ts';
import { rows as retries } from './rows/retries.ts';
import { rows as routing } from './rows/routing.ts';
import { rows as serializers } from './rows/serializers.ts';
import { rows as shapes } from './rows/shapes.ts';
import { rows as signing } from './rows/signing.ts';
import { rows as states } from './rows/states.ts';
import { rows as texts } from './rows/texts.ts';
import { rows as times } from './rows/times.ts';
import { rows as together } from './rows/together.ts';
import { rows as values } from './rows/values.ts';

/** All rows of docs/beside-python.md, in its order. `npm run docs:python` after each change. */
export const areas: readonly Area[] = [
  { name: 'calls', title: 'Calls', test: 'messages', rows: calls },
  { name: 'headers', title: 'Headers', test: 'messages', rows: headers },
  { name: 'properties', title: 'Properties and the envelope', test: 'messages', rows: properties },
  { name: 'times', title: 'Times', test: 'messages', rows: times },
  { name: 'retries', title: 'Retries', test: 'messages', rows: retries },
  { name: 'texts', title: 'Texts, long and short', test: 'messages', rows: texts },
  { name: 'contents', title: 'Bodies', test: 'messages', rows: contents },
  {
    name: 'serializers',
    title: 'Serializers and compression',
    test: 'serializers',
    rows: serializers,
  },
  { name: 'errors', title: 'Errors and other ends', test: 'results', rows: errors },
  { name: 'states', title: 'States and results', test: 'results', rows: states },
  {
    name: 'result-forms',
    title: 'Results in other serializers',
    test: 'result-forms',
    rows: resultForms,
  },
  { name: 'control', title: 'Remote control and events', test: 'results', rows: control },
  { name: 'links', title: 'Callbacks', test: 'canvas', rows: links },
  { name: 'canvas', title: 'Chains and groups', test: 'canvas', rows: canvas },
  { name: 'chords', title: 'Chords', test: 'chords', rows: chords },
  { name: 'flows', title: 'Built-in tasks and trees', test: 'canvas', rows: flows },
  { name: 'shapes', title: 'Shapes of workflows', test: 'canvas', rows: shapes },
  { name: 'failures', title: 'Errors in workflows', test: 'canvas', rows: failures },
  { name: 'replaced', title: 'Replaced tasks', test: 'canvas', rows: replaced },
  { name: 'random', title: 'Random workflows', test: 'canvas', rows: random },
  { name: 'routing', title: 'Queues, exchanges and routes', test: 'routing', rows: routing },
  { name: 'keys', title: 'Keys and servers', test: 'keys', rows: keys },
  { name: 'signing', title: 'Signed messages', test: 'signing', rows: signing },
  { name: 'values', title: 'Values', test: 'values', rows: values },
  { name: 'together', title: 'All on one queue', test: 'crashes', rows: together },
  { name: 'crashes', title: 'Ends of workers, and sweeps', test: 'crashes', rows: crashes },
];
