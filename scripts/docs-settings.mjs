import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsPage } from './settings-page.mjs';
import { ensureBuilt, ensureInstalled, rootDir } from './setup.mjs';
import { main } from './steps.mjs';

/** Writes docs/settings.md from the tables, as `npm run docs:settings`. */
await main(async () => {
  await ensureInstalled();
  await ensureBuilt();
  const { settingTable, nestedTables } = await import('../dist/config/settings.js');
  const names = await import('../dist/config/celery-names.js');
  const spellings = await import('../dist/config/spellings.js');
  const unsupported = {
    ...{ settings: names.unsupportedSettings, transportOptions: names.unsupportedTransportOptions },
  };
  const page = settingsPage({ settingTable, nestedTables, unsupported, spellings });
  writeFileSync(join(rootDir, 'docs/settings.md'), page);
  console.log('docs/settings.md is up to date');
});
