import type { PurgeResult } from '../../app/index.ts';
import type { Command } from '../command.ts';
import {
  asJson,
  asked,
  type SelectionFlags,
  selectionOptions,
  selectionsOf,
  selectionText,
  shown,
} from '../dead-text.ts';
import { refuseMemory } from '../shared-stores.ts';

/** What `dead purge` takes. */
export interface DeadPurgeFlags extends SelectionFlags {
  readonly force: boolean;
  readonly json: boolean;
}

/** Deletes dead letters. */
export const deadPurge: Command<DeadPurgeFlags> = {
  name: 'dead purge',
  summary: 'Delete messages that were given up. There is no undo.',
  options: {
    ...selectionOptions,
    force: { type: 'boolean', short: 'f', help: 'do not ask' },
    json: { type: 'boolean', help: 'print JSON' },
  },
  async run({ app, io, options }) {
    refuseMemory('dead purge', { brokerUrl: app.settings.brokerUrl });
    const selections = selectionsOf(options, Date.now());
    const question = `Delete ${selectionText(options)}? There is no undo.`;
    const code = await asked(io, { name: 'dead purge', question, isForced: options.force });
    if (code !== undefined) return code;
    const results: PurgeResult[] = [];
    for (const selection of selections) results.push(await app.deadLetters.purge(selection));
    const purged = results.reduce((sum, each) => sum + each.purged, 0);
    const missing = options.ids.filter((id) => results.every((each) => each.missing.includes(id)));
    if (options.json) io.print(asJson({ purged, missing }));
    else io.print(`${purged} deleted`);
    for (const id of missing) io.problem(`no dead letter '${shown(id)}'`);
    return missing.length > 0 ? 1 : 0;
  },
};
