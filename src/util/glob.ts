/** Whether a text fits. */
type Fits = (text: string) => boolean;

/** Stands for any text, an empty one too. */
export const ANY_TEXT: unique symbol = Symbol('any text');

/** A part of a pattern: any text, the character itself, or one that is asked. */
export type Piece = typeof ANY_TEXT | string | ((character: string) => boolean);

/**
 * Whether a text is what the pieces say from its beginning to its end. Found out in no more steps than the product of
 * both lengths, where a regular expression with many wildcards may take for ever.
 */
export function fitsPieces(pieces: readonly Piece[], text: string): boolean {
  let [at, piece, lastAny, resumeAt] = [0, 0, -1, 0];
  while (at < text.length) {
    const expected = pieces[piece];
    const character = text.charAt(at);
    if (expected === ANY_TEXT) {
      [lastAny, resumeAt] = [piece, at];
      piece++;
    } else if (typeof expected === 'function' ? expected(character) : expected === character) {
      at++;
      piece++;
    } else if (lastAny >= 0) {
      resumeAt++;
      [at, piece] = [resumeAt, lastAny + 1];
    } else return false;
  }
  while (pieces[piece] === ANY_TEXT) piece++;
  return piece === pieces.length;
}

/**
 * A pattern in which `*` stands for any text and, if wished, `?` for one character.
 * @param one - what stands for one character; nothing if undefined.
 */
export function globbed(pattern: string, one?: '?'): Fits {
  const pieces = pattern.split('').map((character): Piece => {
    if (character === '*') return ANY_TEXT;
    return character === one ? () => true : character;
  });
  return (text) => fitsPieces(pieces, text);
}
