import type { Command } from '../command.ts';
import { asJson, jsonOf, shown, tableOf } from '../dead-text.ts';
import { refuseMemory } from '../shared-stores.ts';

/** What `dead list` takes. */
export interface DeadListFlags {
  readonly queues: readonly string[];
  readonly limit: number | undefined;
  readonly json: boolean;
}

const LIMIT = 20;

/** Prints the dead letters of queues, the newest first. */
export const deadList: Command<DeadListFlags> = {
  name: 'dead list',
  summary: 'List the messages that workers have given up, by queue, the newest first.',
  options: {
    queues: {
      type: 'string',
      short: 'Q',
      multiple: true,
      value: 'names',
      help: 'queues to list, joined by commas; default: all',
    },
    limit: {
      type: 'number',
      value: 'count',
      min: 1,
      isInteger: true,
      help: `how many of each queue; default: ${LIMIT}`,
    },
    json: { type: 'boolean', help: 'print JSON' },
  },
  async run({ app, io, options }) {
    refuseMemory('dead list', { brokerUrl: app.settings.brokerUrl });
    const { deadLetters } = app;
    const { queues: names, limit = LIMIT } = options;
    const known = await deadLetters.queues();
    const chosen = known.filter(({ queue }) => names.length === 0 || names.includes(queue));
    const listed = [];
    for (const { queue, count } of chosen) {
      const letters = [];
      for (let cursor: string | undefined; letters.length < limit; ) {
        const page = await deadLetters.list(queue, { limit: limit - letters.length, cursor });
        letters.push(...page.letters);
        cursor = page.cursor;
        if (cursor === undefined) break;
      }
      listed.push({ queue, count, letters });
    }
    if (options.json) {
      const queues = listed.map((each) => ({ ...each, letters: each.letters.map(jsonOf) }));
      io.print(asJson({ queues }));
      return 0;
    }
    if (listed.length === 0) io.print('no dead letters');
    for (const [index, { queue, count, letters }] of listed.entries()) {
      if (index > 0) io.print('');
      const letter = count === 1 ? '1 dead letter' : `${count} dead letters`;
      const part = letters.length < count ? `, the newest ${letters.length} of them` : '';
      io.print(`${shown(queue)}: ${letter}${part}\n${tableOf(letters, io)}`);
    }
    return 0;
  },
};
