import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Page, promisedBy, readPage } from '../support/pages.ts';
import type { RunningProgram } from '../support/process.ts';
import { outputOf, Project, stopped } from '../support/project.ts';
import { useRedis } from '../support/redis.ts';

const folder = fileURLToPath(new URL('../../docs/guide', import.meta.url));
const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));
const noSettings = { CELERY_BROKER_URL: undefined, CELERY_RESULT_BACKEND: undefined };
const START_MS = 30_000;

const redis = useRedis();

test('the guide has its pages', () => {
  expect(pages).toContain('start.md');
});

describe.each(pages)('docs/guide/%s', (name) => {
  const page = readPage(`docs/guide/${name}`);
  const programs = [...page.files].filter(([, text]) => promisedBy(text).length > 0);

  test('each snippet is a file, and all of them compile under strict', async () => {
    const sources = [...page.files.keys()].filter((file) => file.endsWith('.ts'));

    const project = projectOf(page);

    expect(page.nameless).toEqual([]);
    expect(await project.compile(sources)).toBe('');
  });

  test('its commands do what the page says, in its order', async () => {
    const project = projectOf(page);
    const workers: RunningProgram[] = [];
    const ran: string[] = [];
    let env: NodeJS.ProcessEnv = { ...noSettings };

    for (const line of page.commands) {
      const [command = '', promise] = line.split(/\s+# /);
      const [, variable, value = ''] = /^export (\w+)=(.*)$/.exec(command) ?? [];
      if (variable) env = { ...env, [variable]: atServer(value).replace(/^['"]|['"]$/g, '') };
      else if (command.startsWith('npm ')) continue;
      else if (/ worker\b/.test(command))
        workers.push(await started(project.run(atServer(command), env)));
      else ran.push(...(await check({ project, page, env }, command, promise)));
    }

    for (const worker of workers) expect(await stopped(worker)).toBe(0);
    expect([...new Set(ran)].toSorted()).toEqual(programs.map(([file]) => file).toSorted());
  });
});

/** A project with the page's files, and with what they import besides this package. */
function projectOf(page: Page): Project {
  const project = new Project(atRedis(page));
  for (const library of ['zod', 'vitest', 'jiti', 'jest', '@jest/globals', '@types/node'])
    project.link(library);
  return project;
}

interface Surroundings {
  readonly project: Project;
  readonly page: Page;
  readonly env: NodeJS.ProcessEnv;
}

/** Runs a command to its end. @returns the page's file that it ran, if it is one. */
async function check({ project, page, env }: Surroundings, command: string, promise?: string) {
  const file = /^(?:npx jiti|python) (\S+)$/.exec(command)?.[1] ?? '';
  const printed = await outputOf(project.run(atServer(command), env));
  const text = page.files.get(file);
  if (promise !== undefined) expect(printed.join('\n')).toContain(promise);
  if (text === undefined) return [];
  expect(printed).toEqual(promisedBy(text));
  return [file];
}

async function started(worker: RunningProgram): Promise<RunningProgram> {
  await worker.waitForLine(/ ready\b/, START_MS);
  return worker;
}

/** The page's files, talking to the test's own server where they name one. */
function atRedis({ files }: Page): ReadonlyMap<string, string> {
  return new Map([...files].map(([name, text]) => [name, atServer(text)]));
}

function atServer(text: string): string {
  return text.replaceAll('redis://localhost', redis().url);
}
