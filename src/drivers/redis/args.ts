/** One argument of a command; bytes travel as they are. */
export type Arg = string | number | Buffer;

/** How texts in replies are read; `latin1` makes each byte a character, so that none is lost. */
export type ReplyEncoding = 'utf8' | 'latin1';
