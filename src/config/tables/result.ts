import { backendUrl, type Setting, seconds } from '../kinds.ts';

/** Where results are kept, and for how long. */
export const resultSettings = {
  resultBackend: backendUrl(
    null,
    'Where results are stored; null switches them off, as does a broker without a backend.',
  ),
  resultExpires: seconds(86_400, { min: 0 }, 'How long a result is kept; 0 = for ever.'),
} satisfies Record<string, Setting<unknown>>;
