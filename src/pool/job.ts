import type { Delivery } from '../protocol/index.ts';

/** What an executor needs of a claimed message: the texts as they came off the wire. */
export type Job = Pick<
  Delivery,
  'tag' | 'queue' | 'headersText' | 'body' | 'bodyEncoding' | 'contentType' | 'contentEncoding'
> &
  Readonly<{
    task: string;
    id: string;
    replyTo: string | null;
    correlationId: string | null;
    priority: number;
    /** The header of that name. */
    compression: string | null;
    /** The message's properties, where they say more than the fields above; for nearly all messages null. */
    properties: Delivery['properties'] | null;
  }>;

const FIELDS = 13;

/** Lays jobs out as one flat list: structured clones of flat lists of strings are the cheap ones. */
export function flattenJobs(entries: readonly (readonly [index: number, job: Job])[]): unknown[] {
  const flat: unknown[] = [];
  for (const [index, job] of entries) {
    flat.push(index, job.tag, job.task, job.id, job.queue, job.headersText, job.body);
    flat.push(job.bodyEncoding === 'base64', contentCode(job));
    flat.push(job.replyTo, job.correlationId === job.id ? 0 : job.correlationId, job.priority);
    flat.push(job.properties);
  }
  return flat;
}

/** The inverse of `flattenJobs`. */
export function unflattenJobs(flat: readonly unknown[]): [index: number, job: Job][] {
  const entries: [number, Job][] = [];
  for (let at = 0; at < flat.length; at += FIELDS) {
    const [contentType, contentEncoding, compression] = contentOf(flat[at + 8]);
    const id = flat[at + 3] as string;
    const job: Job = {
      tag: flat[at + 1] as string,
      task: flat[at + 2] as string,
      id,
      queue: flat[at + 4] as string,
      headersText: flat[at + 5] as string,
      body: flat[at + 6] as string,
      bodyEncoding: flat[at + 7] ? 'base64' : 'utf-8',
      contentType,
      contentEncoding,
      compression,
      replyTo: flat[at + 9] as string | null,
      correlationId: flat[at + 10] === 0 ? id : (flat[at + 10] as string | null),
      priority: flat[at + 11] as number,
      properties: flat[at + 12] as Job['properties'],
    };
    entries.push([flat[at] as number, job]);
  }
  return entries;
}

type Content = readonly [
  contentType: string | null,
  contentEncoding: string | null,
  compression: string | null,
];

const JSON_CONTENT: Content = ['application/json', 'utf-8', null];

/** 0 for what nearly every message has, else all of it. */
function contentCode(job: Job): 0 | Content {
  const { contentType, contentEncoding, compression } = job;
  const isJson = contentType === JSON_CONTENT[0] && contentEncoding === JSON_CONTENT[1];
  return isJson && compression === null ? 0 : [contentType, contentEncoding, compression];
}

function contentOf(code: unknown): Content {
  return code === 0 ? JSON_CONTENT : (code as Content);
}
