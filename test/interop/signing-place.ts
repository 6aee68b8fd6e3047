import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pemTexts, signingFiles } from '../support/keys.ts';
import type { PlaceOptions } from './place.ts';

const path = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** All programs sign: ours with one key, Python's with another, and each trusts both. */
export function signingPlace(): PlaceOptions {
  const both = [pemTexts.rsaCertificate, pemTexts.otherCertificate];
  const ours = signingFiles('simple', both);
  const pythons = signingFiles('other', both);
  const settings = {
    taskSerializer: 'auth',
    acceptContent: ['auth'],
    securityEnvelope: 'raw',
    securityKey: ours.key,
    securityCertificate: ours.cert,
    securityCertStore: ours.store,
  } as const;
  return {
    python: `FILES = ${JSON.stringify(pythons)}\n${readFileSync(path('signing.py'), 'utf8')}`,
    module: path('signing.ts'),
    args: Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
    settings: { ...settings, acceptContent: ['auth'] },
    prepare: (app) => app.setupSecurity(),
  };
}
