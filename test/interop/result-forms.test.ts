import { proveAreas } from './prove.ts';
import { withForms } from './rows/result-forms.ts';

proveAreas('result-forms', withForms);
