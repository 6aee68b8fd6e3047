import { compression, contents, serializer } from '../contents.ts';
import { boolean, integer, optional, type Setting } from '../kinds.ts';

/** How messages are written and sent, and which are read. */
export const publishSettings = {
  taskSerializer: serializer(
    'json',
    'How arguments are written: json, yaml, msgpack, pickle, or one that was registered.',
  ),
  taskCompression: optional(
    compression(
      'How bodies are compressed: gzip, zlib, brotli, from Node 22.15 on zstd; null = not. bzip2 and lzma are only read.',
    ),
  ),
  acceptContent: contents(
    ['json'],
    'Which serializers a worker reads; a message of another goes to the dead letters.',
  ),
  taskMaxPayload: integer(
    100_000_000,
    // in base64, with headers, it must fit into one value of Redis and one text of Node: 512 MiB
    { min: 1, max: 380_000_000 },
    'How many bytes a body may have, packed or unpacked, a result, and what a state carries; larger ones are refused.',
  ),
  taskPublishRetry: boolean(
    true,
    'Connect again while the broker cannot be reached, until the deadline; false: fail at once.',
  ),
} satisfies Record<string, Setting<unknown>>;
