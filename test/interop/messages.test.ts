import { proveAreas } from './prove.ts';

proveAreas('messages');
