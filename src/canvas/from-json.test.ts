import { expect, test } from 'vitest';
import { Recorder, signatures } from '../../test/support/signatures.ts';
import { MessageInvalidError } from '../errors.ts';
import { chord } from './chord.ts';
import { chain, group } from './compose.ts';
import { signatureFromJson } from './from-json.ts';
import { GroupSignature } from './group-signature.ts';
import { Signature } from './signature.ts';

const { add, make } = signatures();
const sum = make('tasks.xsum', []);
const read = (json: unknown) => signatureFromJson(json, new Recorder());

test.each([
  ['a group', group([add(1, 2)])],
  ['a chain that ends in a group', chain(add(1, 2), group([add(3), add(4)]))],
  ['a chord whose body is a group', chord([add(1, 2)], group([sum, sum]))],
])('%s is read as a group', (_, signature) => {
  expect(read(signature.toJSON())).toBeInstanceOf(GroupSignature);
});

test.each([
  ['a task', add(1, 2)],
  ['a chain', chain(group([add(3), add(4)]), sum)],
  ['a chord', chord([add(1, 2)], sum)],
])('%s is read as what has one result', (_, signature) => {
  expect(read(signature.toJSON())).toBeInstanceOf(Signature);
});

test('what is made by hand needs names only', () => {
  const signature = read({
    task: 'celery.chain',
    subtask_type: 'chain',
    kwargs: { tasks: [{ task: 'a' }] },
  });

  expect(signature.toString()).toBe('a()');
});

test.each([
  ['the signature', { args: [] }],
  ['a step', { task: 'celery.chain', subtask_type: 'chain', kwargs: { tasks: [{ args: [] }] } }],
  ['a body', { ...chord([add(1, 2)], sum).data, kwargs: { header: [], body: { args: [] } } }],
  ['a link', { task: 'a', options: { link: [{ args: [] }] } }],
  ['an error link', { task: 'a', options: { link_error: { args: [] } } }],
])('%s that is none is refused', (_, json) => {
  expect(() => read(json)).toThrow(MessageInvalidError);
});

test('a chord that has its ids keeps its header as a group', () => {
  const written = chord([add(1, 2)], sum).data;
  const header = { ...group([add(1, 2)]).data, options: { task_id: 'g' } };
  const chordOfIds = read({ ...written, kwargs: { ...written.kwargs, header } });

  const silent = chordOfIds.setImmutable(false).setImmutable();

  expect(silent.data.kwargs['header']).toMatchObject({
    task: 'celery.group',
    options: { task_id: 'g' },
    kwargs: { tasks: [{ immutable: true }] },
  });
});
