import type { RedriveResult } from '../../app/index.ts';
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

/** What `dead redrive` takes. */
export interface DeadRedriveFlags extends SelectionFlags {
  readonly to: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

/** Puts dead letters back into their queues. */
export const deadRedrive: Command<DeadRedriveFlags> = {
  name: 'dead redrive',
  summary: 'Put messages that were given up back at the tail of their queue.',
  options: {
    ...selectionOptions,
    to: { type: 'string', value: 'queue', help: 'another queue to put them into' },
    force: { type: 'boolean', short: 'f', help: 'do not ask' },
    json: { type: 'boolean', help: 'print JSON' },
  },
  async run({ app, io, options }) {
    refuseMemory('dead redrive', { brokerUrl: app.settings.brokerUrl });
    const selections = selectionsOf(options, Date.now());
    const where = options.to === undefined ? 'back' : `into ${shown(options.to)}`;
    const question = `Put ${selectionText(options)} ${where}?`;
    const isForced = options.force || options.ids.length > 0;
    const code = await asked(io, { name: 'dead redrive', question, isForced });
    if (code !== undefined) return code;
    const results: RedriveResult[] = [];
    for (const selection of selections) {
      results.push(await app.deadLetters.redrive({ ...selection, to: options.to }));
    }
    const redriven = results.reduce((sum, each) => sum + each.redriven, 0);
    const refused = results.flatMap((each) => each.refused);
    const missing = options.ids.filter((id) => results.every((each) => each.missing.includes(id)));
    if (options.json) io.print(asJson({ redriven, refused, missing }));
    else io.print(`${redriven} put back`);
    if (refused.length > 0) {
      io.problem(`${refused.length} stay, as they are no messages and would come back at once`);
    }
    for (const id of missing) io.problem(`no dead letter '${shown(id)}'`);
    return refused.length + missing.length > 0 ? 1 : 0;
  },
};
