import { runThreadsFrom } from '../../src/transports/redis/renewal.ts';

// tests load sources, but what they start in threads is what was built of them before they began
runThreadsFrom(new URL('../../dist/transports/redis/renewal-thread.js', import.meta.url));
