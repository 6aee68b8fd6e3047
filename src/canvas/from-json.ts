import { parseSignature, type SignatureData } from '../protocol/index.ts';
import { GroupSignature } from './group-signature.ts';
import { endsInGroup, findBody, tasksOf } from './parts.ts';
import type { Sender } from './sender.ts';
import { Signature } from './signature.ts';
import { kindOf, signatureList } from './structure.ts';

/** A signature of any kind, of which nothing is known. */
export type AnySignature =
  | Signature<unknown[], unknown>
  | GroupSignature<unknown[], unknown[], unknown[], 'end'>;

/**
 * A signature from what its `toJSON()` gave, of any kind, here or in Python; only names of tasks must be there.
 * @throws MessageInvalidError that says which part is no signature
 */
export function signatureFromJson(json: unknown, sender: Sender): AnySignature {
  const data = parseSignature(json, 'signature');
  check(data);
  return endsInGroup(data) ? new GroupSignature(data, sender) : new Signature(data, sender);
}

function check(signature: SignatureData): void {
  const { link, link_error: errbacks } = signature.options;
  const body = kindOf(signature) === 'chord' ? findBody(signature) : null;
  const parts = [
    ...tasksOf(signature),
    ...(body ? [body] : []),
    ...(signatureList(link, 'link') ?? []),
    ...(signatureList(errbacks, 'link_error') ?? []),
  ];
  for (const each of parts) check(each);
}
