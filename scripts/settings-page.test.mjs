import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { unsupportedSettings, unsupportedTransportOptions } from '../src/config/celery-names.ts';
import { nestedTables, settingTable } from '../src/config/settings.ts';
import * as spellings from '../src/config/spellings.ts';
import { celerys, settingsPage } from './settings-page.mjs';

const unsupported = {
  settings: unsupportedSettings,
  transportOptions: unsupportedTransportOptions,
};

test('docs/settings.md is what the tables say', () => {
  const page = settingsPage({ settingTable, nestedTables, unsupported, spellings });

  const written = readFileSync(new URL('../docs/settings.md', import.meta.url), 'utf8');

  expect(written === page, "docs/settings.md is out of date: run 'npm run docs:settings'").toBe(
    true,
  );
});

const ours = [...Object.keys(settingTable), ...Object.keys(nestedTables)];

test.each(celerys.settings)("Celery's %s is a setting here, or refused with the reason", (name) => {
  const camel = spellings.camelCased(name);
  const places = [ours.includes(camel), unsupportedSettings.has(camel)];

  const remedy = 'add it to src/config/tables, or with a reason to src/config/celery-names.ts';
  expect(places.filter(Boolean).length, remedy).toBe(1);
});

test.each(celerys.transportOptions)("so is Kombu's option %s", (name) => {
  const camel = spellings.camelCased(name);
  const isOurs = Object.hasOwn(nestedTables.brokerTransportOptions, camel);

  expect([isOurs, unsupportedTransportOptions.has(camel)].filter(Boolean)).toHaveLength(1);
});
