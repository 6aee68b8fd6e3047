/** Whether a text fits. */
type Fits = (text: string) => boolean;

/**
 * A pattern in which `*` stands for any text, an empty one too, and, if wished, `?` for one character. It is asked in no
 * more steps than the product of both lengths, where a regular expression with many stars may take for ever.
 * @param one - what stands for one character; nothing if undefined.
 */
export function globbed(pattern: string, one?: '?'): Fits {
  const pieces = pattern.replace(/\*+/g, '*').split('');
  return (text) => {
    let [at, piece, lastStar, resumeAt] = [0, 0, -1, 0];
    while (at < text.length) {
      const expected = pieces[piece];
      if (expected === '*') {
        [lastStar, resumeAt] = [piece, at];
        piece++;
      } else if (expected !== undefined && (expected === text[at] || expected === one)) {
        at++;
        piece++;
      } else if (lastStar >= 0) {
        resumeAt++;
        [at, piece] = [resumeAt, lastStar + 1];
      } else return false;
    }
    if (pieces[piece] === '*') piece++;
    return piece === pieces.length;
  };
}
