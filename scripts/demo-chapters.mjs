/** How far a figure may be off: the programs add with floating point. */
const TOLERANCE = 1e-9;

/**
 * The programs of the tutorial in reading order, with what each must print: lines `<call> = <value>`. A
 * number is compared up to floating point, a list of numbers likewise, a pattern must match, a text be equal.
 * `worker` holds patterns of lines that the worker must print meanwhile.
 */
export const chapters = [
  {
    file: 'tut1.ts',
    title: 'a task that prints; a broker and no results',
    expect: {
      'add.delay(4, 4)': /^sent as [0-9a-f-]{36}$/,
      'add.applyAsync([], { kwargs: { x: 4, y: 5 } })': 'sent',
      'result.get()': /^no result backend configured/,
    },
    worker: [/^tut1\.add: 4 \+ 4 = 8$/, /^tut1\.add: 4 \+ 5 = 9$/],
  },
  {
    file: 'tut2.ts',
    title: 'results, and every way to call a task',
    expect: {
      'add.delay(4, 4)': 8,
      'sum.state()': 'SUCCESS',
      'mult.delay(4, 5)': 20,
      'mult.applyAsync([4, 5])': 20,
      'add with kwargs { x: 4, y: 6 }': 10,
      'add with [4] and kwargs { y: 7 }': 11,
      'mult with countdown': 24,
      'mult with eta': 28,
      'add with expires in seconds': 12,
      'add with expires as a Date': 13,
      'add with countdown and expires': 14,
      'add that expires before its countdown': /expired/,
    },
  },
  {
    file: 'createPositions.ts',
    title: 'five positions, each JSON under a name of its own',
    expect: {
      pos_1: '100 at 0.99',
      pos_2: '100 at 0.91',
      pos_3: '100 at 0.85',
      pos_4: '100 at 0.96',
      pos_5: '100 at 0.79',
    },
  },
  {
    file: 'positions.ts',
    title: 'tasks that read, log, check and try again',
    expect: {
      "getInitialPositionValue('pos_1')": 99,
      "getValueAtClose('pos_1', 0.95)": 95,
      "getValueAtClose1('pos_2', 0.95)": 95,
      "getValueAtClose('pos_6', 0.95)": /there is no position 'pos_6'/,
      "getInitialPositionValueChecked('pos_6')": 'null',
      "getValueAtCloseChecked('pos_1', null)": 'null',
      "getValueAtCloseChecked('pos_1', 0.95)": 95,
      "getValueAtCloseRetry('pos_5', 0.95), no pos_5": 'RETRY',
      'the same after createPositions()': 95,
    },
    worker: [/pos_2: 100 at 0\.95/],
  },
  {
    file: 'pnl.ts',
    title: 'profit and loss at the close',
    expect: {
      "getPnl('pos_1', 0.95)": -4,
      "getPnl('pos_2', 0.95)": 4,
      "getPnl('pos_3', 0.95)": 10,
      "getPnl('pos_4', 0.95)": -1,
      "getPnl('pos_5', 0.95)": 16,
      'addPnl()': 0,
      'addPnl(-4)': -4,
      'addPnl(-4, 10)': 6,
    },
  },
  {
    file: 'canvas.ts',
    title: 'a group, a chain, a chain that adds up',
    expect: {
      'group.ready()': 'true',
      'group.get({ timeout: 1 })': [-4, 4, 10, -1, 16],
      'total of the group': 25,
      'chain.get()': -4,
      'chain.parent.get()': 95,
      'chain.parent.parent.get()': 99,
      'three P&Ls added up': 10,
    },
  },
];

/** Reads the lines `<call> = <value>` of a program; others have an empty call. */
export function parseOutput(text) {
  return text.split('\n').flatMap((line) => {
    if (line.trim() === '') return [];
    const [, call = '', value = line] = /^(.+?) = (.*)$/.exec(line) ?? [];
    return [{ call, value }];
  });
}

/** @returns one line for each thing that a program should have printed and did not. */
export function problemsOf(chapter, printed) {
  return Object.entries(chapter.expect).flatMap(([call, expected]) => {
    const found = printed.find((line) => line.call === call);
    if (!found) return [`it did not print '${call}'`];
    if (isAsExpected(found.value, expected)) return [];
    return [`'${call}' gave ${found.value} instead of ${expected}`];
  });
}

function isAsExpected(value, expected) {
  if (expected instanceof RegExp) return expected.test(value);
  if (typeof expected === 'string') return value === expected;
  if (typeof expected === 'number') return isClose(value, expected);
  const parts = value.split(',');
  return parts.length === expected.length && parts.every((part, i) => isClose(part, expected[i]));
}

function isClose(text, expected) {
  return text.trim() !== '' && Math.abs(Number(text) - expected) <= TOLERANCE;
}
