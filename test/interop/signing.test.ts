import { proveAreas } from './prove.ts';
import { signingPlace } from './signing-place.ts';

proveAreas('signing', signingPlace());
