import type { Settings } from '../../config/index.ts';
import type { Job } from '../../pool/index.ts';
import { decodeJson, type Embed, findSerializer, type Reading } from '../../protocol/index.ts';

const known = new WeakMap<Settings, Reading>();

/** What may be read for a task: what its app's `acceptContent` and `taskMaxPayload` say. */
export function readingOf({ app }: { readonly app: { readonly settings: Settings } }): Reading {
  const { settings } = app;
  let reading = known.get(settings);
  if (!reading) {
    const { acceptContent, taskMaxPayload: maxBytes } = settings;
    const accept = acceptContent.flatMap((name) => findSerializer(name)?.contentType ?? []);
    reading = { accept, maxBytes };
    known.set(settings, reading);
  }
  return reading;
}

/** @returns null if the message asks for nothing to be sent after it, as nearly all do. */
export function wanted(embed: Embed): Embed | null {
  const { callbacks, errbacks, chain } = embed;
  return callbacks?.length || errbacks?.length || chain?.length ? embed : null;
}

/** The task that started it all. */
export function rootIdOf(job: Job): string {
  const headers = decodeJson(job.headersText) as Readonly<Record<string, unknown>>;
  return typeof headers['root_id'] === 'string' ? headers['root_id'] : job.id;
}
