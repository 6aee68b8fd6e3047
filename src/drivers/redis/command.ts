import { Command } from 'ioredis';
import type { Arg, ReplyEncoding } from './args.ts';

/** From so many arguments on the copies that the client makes of them are worth to be saved. */
const MANY = 64;

/**
 * A command as the client takes it. Of a script's many arguments it would make a copy, flatten that, and look at each for
 * what it may be: a third of the time that a commit takes. Those are all texts or numbers, and are set as they are.
 */
export function commandOf(name: string, args: readonly Arg[], replyEncoding: ReplyEncoding) {
  if (args.length < MANY || !isScript(name))
    return new Command(name, args as Arg[], { replyEncoding });
  const texts: string[] = [];
  for (const arg of args) {
    if (typeof arg === 'string') texts.push(arg);
    else if (typeof arg === 'number') texts.push(textOf(arg));
    else return new Command(name, args as Arg[], { replyEncoding });
  }
  const command = new Command(name, [], { replyEncoding });
  command.args = texts;
  return command;
}

function isScript(name: string): boolean {
  return name === 'evalsha' || name === 'eval';
}

/** As the client writes it: an integer of any size has all of its digits. */
function textOf(number: number): string {
  const isLarge = Number.isInteger(number) && !Number.isSafeInteger(number);
  return isLarge ? BigInt(number).toString() : String(number);
}
