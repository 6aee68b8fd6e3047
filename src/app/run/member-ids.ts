import { createHash } from 'node:crypto';
import { encodeJson, type SignatureData } from '../../protocol/index.ts';
import type { TaskRequest } from '../context.ts';

/**
 * Ids of the members that one run of a task adds to its chord. A run of the same message makes the same ids for the same members, a
 * retry others; two equal members of one run are told apart by their order, which is as good as any.
 */
export class MemberIds {
  readonly #made = new Map<string, number>();

  /** @param newId - for what has no JSON text, by which it could be known again. */
  next(member: SignatureData, request: TaskRequest, newId: () => string): string {
    const text = textOf(member);
    if (text === undefined) return newId();
    const name = digestOf(`${request.groupId} ${request.id} ${request.retries} ${text}`);
    const count = this.#made.get(name) ?? 0;
    this.#made.set(name, count + 1);
    return uuidOf(digestOf(`${name} ${count}`));
  }
}

function textOf(member: SignatureData): string | undefined {
  try {
    return encodeJson(member);
  } catch {
    return undefined;
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** In the form of RFC 9562's version 8, which leaves its digits to their maker. */
function uuidOf(digest: string): string {
  const variant = (8 + (Number.parseInt(digest.charAt(16), 16) & 3)).toString(16);
  const parts = [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ];
  return parts.join('-');
}
