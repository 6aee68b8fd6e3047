/** How a message differs from a usual one. */
export interface Oddity {
  /** A text is the body's bytes, a Buffer too; anything else is written as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly properties?: Readonly<Record<string, unknown>>;
  /** Of the envelope. */
  readonly parts?: Readonly<Record<string, unknown>>;
}

/** `tasks.add(1, 2)` as Python sends it to the queue `celery`, with what is odd about it; undefined leaves a part out. */
export function oddMessage(id: string, oddity: Oddity = {}): string {
  const { body = [[1, 2], {}, null], headers, properties, parts } = oddity;
  const isBytes = typeof body === 'string' || Buffer.isBuffer(body);
  return JSON.stringify({
    body: Buffer.from(isBytes ? body : JSON.stringify(body)).toString('base64'),
    ...{ 'content-encoding': 'utf-8', 'content-type': 'application/json' },
    headers: { ...usualHeaders, task: 'tasks.add', id, ...headers },
    properties: {
      ...{ correlation_id: id, reply_to: 'somebody', delivery_mode: 2 },
      ...{ delivery_info: { exchange: '', routing_key: 'celery' }, priority: 0 },
      ...{ body_encoding: 'base64', delivery_tag: `tag of ${id}`, ...properties },
    },
    ...parts,
  });
}

/** A message of protocol 1, whose body has everything. */
export function oldMessage(id: string, body: object, oddity: Omit<Oddity, 'body'> = {}): string {
  const headers = Object.fromEntries(Object.keys(usualHeaders).map((name) => [name, undefined]));
  return oddMessage(id, {
    ...oddity,
    body: { task: 'tasks.add', id, args: [1, 2], kwargs: {}, ...body },
    headers: { ...headers, task: undefined, id: undefined, ...oddity.headers },
  });
}

const usualHeaders = {
  ...{ lang: 'py', shadow: null, eta: null, expires: null, group: null, group_index: null },
  ...{ retries: 0, timelimit: [null, null], root_id: 'root', parent_id: null },
  ...{ argsrepr: '(1, 2)', kwargsrepr: '{}', origin: 'gen1@host1', ignore_result: false },
  ...{ replaced_task_nesting: 0, stamped_headers: null, stamps: {} },
};
