import { crossing } from './crossing.ts';
import { proveAreas } from './prove.ts';

proveAreas('chords', crossing);
