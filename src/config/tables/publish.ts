import { compression, contents, serializer } from '../contents.ts';
import { boolean, optional, type Setting } from '../kinds.ts';

/** How messages are written and sent, and which are read. */
export const publishSettings = {
  taskSerializer: serializer('json', 'How arguments are written: json, yaml or msgpack.'),
  taskCompression: optional(
    compression(
      'How bodies are compressed: gzip, zlib, brotli, zstd where Node has it; null = not.',
    ),
  ),
  acceptContent: contents(
    ['json'],
    'Which serializers a worker reads; a message of another goes to the dead letters.',
  ),
  taskPublishRetry: boolean(
    true,
    'Connect again while the broker cannot be reached, until the deadline; false: fail at once.',
  ),
} satisfies Record<string, Setting<unknown>>;
