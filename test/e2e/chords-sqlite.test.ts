import { describe } from 'vitest';
import { chordsHold } from '../support/chord-suite.ts';
import { stores } from '../support/stores.ts';

describe('on SQLite', () => {
  chordsHold(stores.sqlite);
});
