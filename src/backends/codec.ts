import { ResultCodec } from '../protocol/index.ts';
import type { BackendOptions } from './backend.ts';

/** What documents are written and read with. @throws NotSupportedError */
export function codecOf({ jsonTypes: types, format }: BackendOptions): ResultCodec {
  return new ResultCodec({ ...format, types });
}
