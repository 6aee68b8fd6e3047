import { backendUrl, boolean, type Setting, seconds } from '../kinds.ts';

/** Where results are kept, and for how long. */
export const resultSettings = {
  resultBackend: backendUrl(
    null,
    'Where results are stored; null switches them off, as does a broker without a backend.',
  ),
  resultExtended: boolean(
    false,
    'Store name, arguments, worker, retries and queue of a task beside its result.',
  ),
  resultExpires: seconds(86_400, { min: 0 }, 'How long a result is kept; 0 = for ever.'),
} satisfies Record<string, Setting<unknown>>;
