import type { Job } from '../../pool/index.ts';
import { decodeJson, type Embed, findSerializer } from '../../protocol/index.ts';
import type { AnyTask } from '../app.ts';

const known = new WeakMap<readonly string[], readonly string[]>();

/** The content types that are read for a task: those of its app's `acceptContent`. */
export function acceptedBy({ app }: Pick<AnyTask, 'app'>): readonly string[] {
  const { acceptContent } = app.settings;
  let types = known.get(acceptContent);
  if (!types) {
    types = acceptContent.flatMap((name) => findSerializer(name)?.contentType ?? []);
    known.set(acceptContent, types);
  }
  return types;
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
