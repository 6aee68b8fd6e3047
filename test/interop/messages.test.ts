import { proveAreas } from './prove.ts';

proveAreas('messages', {
  python: "app.conf.accept_content = ['json', 'yaml']",
  args: ['--set', 'acceptContent=json,yaml'],
});
