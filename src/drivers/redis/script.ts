import { createHash } from 'node:crypto';
import { CeleriacError } from '../../errors.ts';
import type { Arg, ReplyEncoding } from './args.ts';
import type { RedisLink } from './link.ts';
import { replyCodeOf } from './trouble.ts';

/** A Lua script and the only knowledge of its positions. */
export interface ScriptSpec<Input, Output> {
  readonly lua: string;
  readonly keys: (input: Input) => readonly string[];
  readonly argv: (input: Input) => readonly Arg[];
  /** How texts in its reply are read; as UTF-8 if not given. */
  readonly encoding?: ReplyEncoding;
  /** Throws anything if the reply is not of the script's form. */
  readonly parse: (reply: unknown, input: Input) => Output;
}

/** Runs a script in one round trip. */
export type Script<Input, Output> = (link: RedisLink, input: Input) => Promise<Output>;

/**
 * Makes a typed function of a script. It is sent by its hash, and in full to a server that does not
 * know it (any longer). Not atomic against errors: what the script did before it failed stays done.
 */
export function defineScript<Input, Output>(
  spec: ScriptSpec<Input, Output>,
): Script<Input, Output> {
  const lua = spec.lua.trim();
  const sha = createHash('sha1').update(lua).digest('hex');
  return (link, input) => {
    const keys = spec.keys(input);
    const args = [sha, keys.length, ...keys, ...spec.argv(input)];
    const read = (reply: unknown): Output => {
      try {
        return spec.parse(reply, input);
      } catch (error) {
        const text = 'a script of ours got a reply that it cannot give; is a proxy in between?';
        throw new CeleriacError('SCRIPT_REPLY_INVALID', text, { cause: error });
      }
    };
    const { encoding } = spec;
    return link.call('evalsha', args, encoding).then(read, (error: unknown) => {
      if (replyCodeOf(error) !== 'NOSCRIPT') throw error;
      args[0] = lua;
      return link.call('eval', args, encoding).then(read);
    });
  };
}
