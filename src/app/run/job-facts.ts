import type { Settings } from '../../config/index.ts';
import { ConfigError } from '../../errors.ts';
import type { Job } from '../../pool/index.ts';
import {
  decodeJson,
  type Embed,
  findSerializer,
  isAuth,
  type Reading,
} from '../../protocol/index.ts';
import type { App } from '../app.ts';

const known = new WeakMap<Settings, Reading>();

/**
 * What may be read for a task: what its app's `acceptContent` and `taskMaxPayload` say.
 * @throws ConfigError if that is signed messages, and the app has no certificates to check them with
 */
export function readingOf({ app }: { readonly app: Pick<App, 'settings' | 'security'> }): Reading {
  const { settings, security } = app;
  const before = known.get(settings);
  if (before && (!security || before.accept === security.accepted)) return before;
  const { acceptContent, taskMaxPayload: maxBytes } = settings;
  const accept = security?.accepted ?? contentTypes(acceptContent);
  const reading: Reading = { accept, maxBytes };
  known.set(settings, reading);
  return reading;
}

/**
 * What a worker may read of messages before it knows whose task they are for: what any of its apps reads. Each task's
 * own app decides again before it runs.
 * @throws ConfigError as `readingOf`
 */
export function readingOfAll(apps: readonly Pick<App, 'settings' | 'security'>[]): Reading {
  const all = apps.map((app) => readingOf({ app }));
  return {
    accept: [...new Set(all.flatMap(({ accept = [] }) => accept))],
    maxBytes: Math.max(...all.map(({ maxBytes = 0 }) => maxBytes)),
  };
}

function contentTypes(names: readonly string[]): readonly string[] {
  if (names.some(isAuth)) {
    throw new ConfigError(
      "'acceptContent' has 'auth', and nobody called app.setupSecurity(): signed messages cannot be checked; call it where the app is made",
    );
  }
  return names.flatMap((name) => findSerializer(name)?.contentType ?? []);
}

/** @returns null if nothing follows from how a task ends, as from nearly all. */
export function wanted(embed: Embed): Embed | null {
  const { callbacks, errbacks, chain, chord } = embed;
  return callbacks?.length || errbacks?.length || chain?.length || chord ? embed : null;
}

/** The task that started it all. */
export function rootIdOf(job: Job): string {
  const headers = decodeJson(job.headersText) as Readonly<Record<string, unknown>>;
  return typeof headers['root_id'] === 'string' ? headers['root_id'] : job.id;
}

/** Whether no compiler may have seen the call: one that another language sent, or somebody by hand. */
export function isStrict({ headersText }: Pick<Job, 'headersText'>): boolean {
  return !headersText.startsWith('{"lang": "js"');
}
