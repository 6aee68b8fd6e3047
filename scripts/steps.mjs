import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';

/** What this process started and has not seen the end of; each leads a process group of its own. */
const running = new Set();
let isInterrupted = false;

/**
 * Starts a program as the leader of its own process group, so that all it starts can be ended with
 * it. Ctrl-C, SIGTERM and SIGHUP end every such group before this process exits.
 */
export function startGroup(command, args, options = {}) {
  endGroupsWhenInterrupted();
  const child = spawn(command, args, { ...options, detached: true });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

/**
 * Runs a program to its end with its output kept back, then prints one line with the seconds it
 * took. Throws an error that carries the output if it fails.
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: RegExp }} [options] - `show` picks the
 * lines of its output that are printed even when it succeeds.
 */
export async function runStep(label, command, args, { cwd, env, show } = {}) {
  const startedAt = performance.now();
  const colors = process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };
  const child = startGroup(command, args, {
    cwd,
    env: { ...process.env, ...colors, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const end = await ending(child);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (end !== 'exit code 0') {
    throw new StepError(`${label} failed (${end}): ${[command, ...args].join(' ')}`, output);
  }
  console.log(`${label.padEnd(20)} ${seconds.padStart(6)} s`);
  for (const line of show ? stripVTControlCharacters(output).split('\n') : []) {
    if (show.test(line)) console.log(line);
  }
}

/** A step that failed; `output` is all that the program printed. */
export class StepError extends Error {
  constructor(message, output = '') {
    super(message);
    this.name = 'StepError';
    this.output = output;
  }
}

/** Runs a script's main function; a failure is printed (a step's with its output) and exits 1. */
export async function main(run) {
  try {
    await run();
  } catch (error) {
    if (error instanceof StepError && error.output) console.error(error.output.trimEnd());
    console.error(error instanceof StepError ? error.message : error);
    process.exitCode = 1;
  }
}

/** @returns how a program ended, such as `exit code 0` or `signal SIGKILL`. */
export function ending(child) {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) =>
      resolve(signal ? `signal ${signal}` : `exit code ${code}`),
    );
  });
}

/**
 * Ends whatever is still alive in the group of a program that has ended, after a moment's grace.
 * @returns a line with the pid and command of each process that had to be ended.
 */
export async function endLeftovers(child, graceMs = 2000) {
  const deadline = performance.now() + graceMs;
  while (groupMembers(child.pid).length > 0 && performance.now() < deadline) await sleep(20);
  const left = groupMembers(child.pid);
  signalGroup(child, 'SIGTERM');
  const patience = performance.now() + graceMs;
  while (groupMembers(child.pid).length > 0 && performance.now() < patience) await sleep(20);
  signalGroup(child, 'SIGKILL');
  return left;
}

/** Lists the living members of a process group; empty where there is no /proc. Zombies are dead. */
function groupMembers(groupId) {
  const members = [];
  for (const pid of listProcesses()) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(group) !== groupId || state === 'Z') continue;
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      members.push(`${pid} ${command}`);
    } catch {
      // it ended while we looked
    }
  }
  return members;
}

function listProcesses() {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

function endGroupsWhenInterrupted() {
  if (isInterrupted || process.listeners('SIGINT').includes(onInterrupt)) return;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onInterrupt);
}

async function onInterrupt(signal, number) {
  const children = [...running];
  if (isInterrupted) {
    for (const child of children) signalGroup(child, 'SIGKILL');
    process.exit(128 + number);
  }
  isInterrupted = true;
  for (const child of children) signalGroup(child, signal === 'SIGHUP' ? 'SIGTERM' : signal);
  for (const child of children) await endLeftovers(child);
  process.exit(128 + number);
}
