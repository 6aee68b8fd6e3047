import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';

/** What Celery 5.6 and Kombu have, in their spelling. */
export const celerys = JSON.parse(
  readFileSync(new URL('../test/vectors/celery-settings.json', import.meta.url), 'utf8'),
);

const families = [
  ['Broker', /^broker/],
  ['Tasks and their routes', /^(task|json|imports|include|accept)/],
  ['Results', /^result/],
  ['Redis', /^redis/],
  ['Worker', /^worker/],
  ['More', /./],
];

const intro = `# Settings

Every setting there is, made from the tables in \`src/config/tables\` by \`npm run docs:settings\`.

A setting is given, strongest first, by the command line (\`--set taskAcksLate=false\`), by its variable in the
environment, in the options of \`new Celery('name', { … })\`, or in a config module (\`app.configFromObject()\`,
\`{ config: './celeryconfig.ts' }\`, \`CELERY_CONFIG_MODULE\`, \`--config\`); else it has its default
([decision 7](decisions/0007-where-settings-come-from.md)). \`celeriac config\` prints what holds and who said so. An
unknown name is an error. Without any broker and result backend the embedded file is both; a broker alone keeps no results.

* In a config module, in options and with \`--set\` Celery's spelling works as well as ours: \`task_acks_late\`,
  \`CELERY_TASK_ACKS_LATE\`, and the name that it had before Celery 4, \`CELERY_ACKS_LATE\`.
* In a variable true and false are \`true\`, \`yes\`, \`on\`, \`1\` and \`false\`, \`no\`, \`off\`, \`0\`; lists are joined by
  commas; objects are JSON; \`null\` is null; an empty variable counts as not set.
* Beside the variables below, Celery's own \`CELERY_BROKER_URL\`, \`CELERY_BROKER_READ_URL\`, \`CELERY_BROKER_WRITE_URL\` and
  \`CELERY_RESULT_BACKEND\` are read. A program that says \`backend: null\` keeps no results whatever the environment says.
* Options of a setting that is an object are settings of their own: a stronger source changes one of them and leaves
  the others. With \`--set\` one is named with a dot: \`--set brokerTransportOptions.visibilityTimeout=60\`.
`;

/**
 * The reference page of all settings.
 * @param modules - of `src/config`: settings, catalogue, celery-names, spellings.
 */
export function settingsPage({ settingTable, nestedTables, unsupported, spellings }) {
  const left = new Map(Object.entries(settingTable));
  const sections = families.flatMap(([title, pattern]) => {
    const rows = [...left].filter(([name]) => pattern.test(name));
    for (const [name] of rows) left.delete(name);
    return rows.length === 0 ? [] : [section(title, rows, (name) => namesOf(name, spellings))];
  });
  const nested = Object.entries(nestedTables).map(([name, table]) => {
    const { variable, celery } = namesOf(name, spellings);
    const text = `An object; its variable is ${variable}, in Celery it is ${celery}.\n`;
    return section(
      `\`${name}\``,
      Object.entries(table),
      (field) => fieldNames(field, spellings),
      text,
    );
  });
  return [intro, ...sections, ...nested, refusedSection(unsupported, spellings)].join('\n');
}

function section(title, rows, names, text = '') {
  const lines = rows.map(([name, row]) => {
    const { variable, celery } = names(name);
    const value = `${row.expects}${row.written ? ` (text: ${row.written})` : ''}`;
    return line([`\`${name}\``, value, `\`${shown(row.default)}\``, row.help, variable, celery]);
  });
  const head = ['setting', 'value', 'default', 'meaning', 'variable', 'in Celery'];
  return [`## ${title}\n`, ...(text ? [text] : []), line(head), rule(head), ...lines, ''].join(
    '\n',
  );
}

function namesOf(name, { snakeCased, oldName, variableOf }) {
  const snake = snakeCased(name);
  const isCelerys = celerys.settings.includes(snake);
  const celery = isCelerys ? `\`${snake}\`, \`${oldName(name)}\`` : '(ours)';
  return { variable: `\`${variableOf(name)}\``, celery };
}

function fieldNames(field, { snakeCased }) {
  const snake = snakeCased(field);
  const celery = celerys.transportOptions.includes(snake) ? `\`${snake}\`` : '(ours)';
  return { variable: `\`"${field}"\` in it`, celery };
}

function refusedSection({ settings, transportOptions }, { snakeCased }) {
  const lines = (names) =>
    [...byReason(names)].map(([reason, refused]) =>
      line([refused.map((name) => `\`${snakeCased(name)}\``).join(', '), reason]),
    );
  const head = ['name in Celery', 'why: it …'];
  return [
    '## Settings of Celery that are refused\n',
    'They are errors by name, so that nobody relies on them.\n',
    ...[line(head), rule(head), ...lines(settings), ''],
    '### In `broker_transport_options`\n',
    ...[line(head), rule(head), ...lines(transportOptions), ''],
  ].join('\n');
}

function byReason(names) {
  const groups = new Map();
  for (const [name, reason] of names) groups.set(reason, [...(groups.get(reason) ?? []), name]);
  return groups;
}

function shown(value) {
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 4 });
}

function line(cells) {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

function rule(head) {
  return `| ${head.map(() => '---').join(' | ')} |`;
}
