import type { Command } from '../command.ts';
import { refuseMemory } from '../shared-stores.ts';

/** What `purge` takes. */
export interface PurgeFlags {
  readonly queues: readonly string[];
  readonly force: boolean;
  readonly json: boolean;
}

/** Empties queues. */
export const purge: Command<PurgeFlags> = {
  name: 'purge',
  summary: 'Delete all waiting messages of the given queues. There is no undo.',
  options: {
    queues: {
      type: 'string',
      short: 'Q',
      multiple: true,
      value: 'names',
      help: 'queues to empty, joined by commas; default: the setting taskDefaultQueue',
    },
    force: { type: 'boolean', short: 'f', help: 'do not ask' },
    json: { type: 'boolean', help: 'print JSON' },
  },
  async run({ app, io, options }) {
    refuseMemory('purge', { brokerUrl: app.settings.brokerUrl });
    const given = options.queues.length > 0 ? options.queues : [app.settings.taskDefaultQueue];
    const queues = [...new Set(given)];
    if (!options.force) {
      if (!io.canAsk) {
        io.problem('purge asks first, and there is no terminal to ask on; use --force');
        return 2;
      }
      const question = `Delete all waiting messages of ${queues.join(', ')}? There is no undo.`;
      if (!(await io.confirm(question))) {
        io.problem('nothing was deleted');
        return 1;
      }
    }
    const transport = await app.transport();
    const deleted: Record<string, number> = {};
    for (const queue of queues) deleted[queue] = await transport.purge(queue);
    if (options.json) io.print(JSON.stringify(deleted));
    else for (const queue of queues) io.print(`${queue}: ${deleted[queue]} deleted`);
    return 0;
  },
};
