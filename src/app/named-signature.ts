import {
  type CallOptions,
  type Handed,
  type Sender,
  Signature,
  toWireOptions,
} from '../canvas/index.ts';
import { TaskInvalidError } from '../errors.ts';

/** What a signature by name can be given. */
export type NamedOptions<Result> = CallOptions<Handed<Result>> & { readonly immutable?: boolean };

/** A signature of a task that lives elsewhere, for `sender` to send. @throws TaskInvalidError without a name */
export function namedSignature<Result>(
  sender: Sender,
  [name, args = []]: readonly [name: string, args?: readonly unknown[]],
  options: NamedOptions<Result> = {},
): Signature<unknown[], Result> {
  if (typeof name !== 'string' || name === '') {
    throw new TaskInvalidError(`a task's name must be a text, got '${String(name)}'`);
  }
  const { kwargs = {}, immutable = false, ...others } = options;
  const wireOptions = toWireOptions(others);
  const data = { task: name, args, kwargs, options: wireOptions, subtask_type: null, immutable };
  return new Signature(data, sender);
}
