import {
  type AnySignature,
  type CallOptions,
  type Handed,
  type Sender,
  Signature,
  signatureFromJson,
  toWireOptions,
} from '../canvas/index.ts';
import { TaskInvalidError } from '../errors.ts';

/** What a signature by name can be given. */
export type NamedOptions<Result> = CallOptions<Handed<Result>> & { readonly immutable?: boolean };

/** Makes signatures without a task at hand. */
export interface MakeSignature {
  /** Of a task that lives elsewhere, by its name. @throws TaskInvalidError without one */
  <Result = unknown>(
    name: string,
    args?: readonly unknown[],
    options?: NamedOptions<Result>,
  ): Signature<unknown[], Result>;
  /** Of any kind, from what its `toJSON()` gave, here or in Python. @throws MessageInvalidError */
  (json: object): AnySignature;
}

/** What is given to a `MakeSignature`. */
export type SignatureParts = readonly [
  from: string | object,
  args?: readonly unknown[],
  options?: NamedOptions<never>,
];

/** See `MakeSignature`; `sender` sends what is made. */
export function makeSignature(
  sender: Sender,
  [from, args = [], options = {}]: SignatureParts,
): AnySignature {
  if (typeof from === 'object' && from !== null) return signatureFromJson(from, sender);
  if (typeof from !== 'string' || from === '') {
    throw new TaskInvalidError(`a task's name must be a text, got '${String(from)}'`);
  }
  const { kwargs = {}, immutable = false, ...others } = options;
  const wireOptions = toWireOptions(others);
  const data = { task: from, args, kwargs, options: wireOptions, subtask_type: null, immutable };
  return new Signature(data, sender);
}
