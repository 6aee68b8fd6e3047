import { type Extras, type Sender, type SendOptions, Signature } from '../../src/canvas/index.ts';
import type { ResultTuple, SignatureData } from '../../src/protocol/index.ts';

/** Keeps what it is asked to send or to run. */
export class Recorder implements Sender {
  readonly calls: (readonly [SignatureData, Extras, SendOptions & { throw?: boolean }])[] = [];
  readonly settings = { taskAllowErrorCbOnChordHeader: false };

  async send(signature: SignatureData, extras: Extras, options: SendOptions) {
    this.calls.push([signature, extras, options]);
    return sent('id');
  }

  apply(signature: SignatureData, extras: Extras, options: SendOptions & { throw?: boolean }) {
    return this.send(signature, extras, options);
  }

  freeze(signature: SignatureData) {
    return { signature: withId(signature), sent: sent('frozen') };
  }
}

function sent(id: string) {
  const result: ResultTuple = [[id, null], null];
  return { result, reader: async () => null };
}

function withId(signature: SignatureData): SignatureData {
  return { ...signature, options: { ...signature.options, task_id: 'frozen' } };
}

/** Signatures of tasks that nobody has, of which all that types know is what they return. */
export function signatures(sender: Sender = new Recorder()) {
  const make = (task: string, args: readonly unknown[], more: Partial<SignatureData> = {}) => {
    const data = {
      ...{ task, args, kwargs: {}, options: {} },
      ...{ subtask_type: null, immutable: false },
      ...more,
    };
    return new Signature<unknown[], number>(data, sender);
  };
  return {
    add: (...args: readonly unknown[]) => make('tasks.add', args),
    mul: (...args: readonly unknown[]) => make('tasks.mul', args),
    make,
  };
}
