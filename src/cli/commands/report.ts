import { arch, platform, release } from 'node:os';
import { inspect } from 'node:util';
import { isBuiltin } from '../../app/index.ts';
import { redactText, redactValue } from '../../util/index.ts';
import type { Command } from '../command.ts';
import { packageVersions } from '../version.ts';

/** What `report` takes. */
export interface ReportFlags {
  readonly json: boolean;
}

/** Prints what a bug report needs. */
export const report: Command<ReportFlags> = {
  name: 'report',
  summary: 'Print versions, settings and tasks for a bug report, without passwords.',
  options: { json: { type: 'boolean', help: 'print JSON' } },
  async run({ apps, io, module, options }) {
    const facts = {
      versions: { ...packageVersions(), node: process.versions.node },
      platform: `${platform()} ${release()} ${arch()}`,
      module: module ?? null,
      apps: apps.map((app) => ({
        name: app.name ?? null,
        settings: redactValue(app.settings) as Facts['apps'][number]['settings'],
        tasks: [...app.tasks.keys()].filter((name) => !isBuiltin(name)).sort(),
      })),
    };
    io.print(options.json ? JSON.stringify(facts, null, 2) : asText(facts));
    return 0;
  },
};

interface Facts {
  readonly versions: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly module: string | null;
  readonly apps: readonly {
    readonly name: string | null;
    readonly settings: Readonly<Record<string, unknown>>;
    readonly tasks: readonly string[];
  }[];
}

function asText({ versions, platform: system, module, apps }: Facts): string {
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const lines = [packages.join('  '), system, `module: ${module ?? '(none)'}`];
  for (const { name, settings, tasks } of apps) {
    lines.push('', `app ${name ?? '(no name)'}`);
    for (const [key, value] of Object.entries(settings)) lines.push(`  ${key}: ${inspect(value)}`);
    lines.push(`  tasks (${tasks.length})`, ...tasks.map((task) => `    ${task}`));
  }
  return redactText(lines.join('\n'));
}
