import { describe } from 'vitest';
import { chordsHold } from '../support/chord-suite.ts';

describe('in memory', () => {
  chordsHold(async () => 'memory://');
});
