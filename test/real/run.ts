import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { projectFile } from '../../lib/stack/bundle.ts';
import { readReport } from '../support/report.ts';
import { dynoxide, pythonTools, runtimeClient } from './support/tools.ts';

/**
 * `npm run test:real [-- functions store …]`. Files without tools run while the tools are installed. Every file that is not
 * run is reported, and with CI set a file that could have run must run.
 */
const MAKE = { python: pythonTools, runtimeClient, dynoxide };
type Need = keyof typeof MAKE;
const NEEDS: readonly Need[] = ['python', 'runtimeClient', 'dynoxide'];
const VARIABLES = { python: 'PYTHON_TOOLS', runtimeClient: 'RUNTIME_CLIENT', dynoxide: 'DYNOXIDE' } as const;

/** Each test file with the tools that it needs: all tools of one line. */
const FILES: Readonly<Record<string, readonly (readonly Need[])[]>> = {
  'mutated-requests.real.ts': [[]],
  'packages.real.ts': [[]],
  'template.real.ts': [['python']],
  'commands.real.ts': [['python']],
  'description.real.ts': [['python']],
  'functions.real.ts': [['python', 'runtimeClient']],
  'alarms.real.ts': [['python', 'runtimeClient']],
  // Each is a separate check.
  'store.real.ts': [['python'], ['dynoxide']],
};

/** Each file waits only for its own tools; more lanes than cores would not be faster. */
const AT_ONCE = 2;

interface Counts {
  readonly passed: number;
  readonly failures: readonly string[];
  /** The files that were not run, and why. */
  readonly skipped: readonly { readonly why: string; readonly isAvoidable: boolean }[];
}

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

const words = process.argv.slice(2);
const unknown = words.filter((word) => !Object.keys(FILES).some((file) => file.includes(word)));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}; there are ${Object.keys(FILES).join(', ')}.`);
  process.exit(2);
}
const named = Object.keys(FILES).filter(
  (file) => words.length === 0 || words.some((word) => file.includes(word)),
);
const needed = new Set(named.flatMap((file) => FILES[file]?.flat() ?? []));
const tools = new Map(NEEDS.filter((need) => needed.has(need)).map((need) => [need, MAKE[need]()] as const));

const lane = Array.from({ length: AT_ONCE }, () => Promise.resolve());
let turn = 0;
/** Runs the files of each lane one after the other, with two lanes. */
async function inLane<T>(work: () => Promise<T>): Promise<T> {
  const at = (turn += 1) % AT_ONCE;
  const done = (lane[at] ?? Promise.resolve()).then(work);
  lane[at] = done.then(
    () => undefined,
    () => undefined,
  );
  return done;
}

process.exitCode = tell(await Promise.all(named.map(runFile)));

/** Prints the summary; the last line is for the program that adds up all tests. Resolves to the exit status. */
function tell(all: readonly Counts[]): 0 | 1 {
  const passed = all.reduce((sum, each) => sum + each.passed, 0);
  const failures = all.flatMap((each) => each.failures);
  const skipped = all.flatMap((each) => each.skipped);
  for (const { why } of skipped) console.log(`test:real skipped: ${why}`);
  for (const failure of failures) console.log(`test:real failed: ${failure}`);
  const isCi = !['', 'false', '0'].includes(process.env['CI'] ?? '');
  const isTooLittle = isCi && skipped.some(({ isAvoidable }) => isAvoidable);
  if (isTooLittle)
    console.log('test:real fails: CI is set, and this machine could have run what was skipped.');
  if (passed + failures.length === 0) console.log('test:real fails: nothing ran.');
  const counts = [`${passed} passed`, `${failures.length} failed`];
  if (skipped.length > 0) counts.push(`${skipped.length} skipped`);
  console.log(counts.join(', '));
  return failures.length > 0 || passed === 0 || isTooLittle ? 1 : 0;
}

/** A file whose tools are missing is not run and counts as one. */
async function runFile(file: string): Promise<Counts> {
  const lines = FILES[file] ?? [];
  const missing = await Promise.all(lines.map(missingOf));
  const skippedLines = missing.flatMap((each) =>
    each === undefined ? [] : [{ ...each, why: `${file} (${each.why})` }],
  );
  if (skippedLines.length === lines.length) return { passed: 0, failures: [], skipped: skippedLines };
  const env = Object.fromEntries(await Promise.all([...new Set(lines.flat())].map(variableOf)));
  const counts = await inLane(async () => vitest(file, env));
  return { ...counts, skipped: [...skippedLines, ...counts.skipped] };
}

async function missingOf(line: readonly Need[]) {
  for (const need of line) {
    const tool = await tools.get(need);
    if (tool?.kind === 'missing') return { why: `${need}: ${tool.why}`, isAvoidable: tool.isAvoidable };
  }
  return undefined;
}

async function variableOf(need: Need): Promise<readonly [string, string]> {
  const tool = await tools.get(need);
  return [VARIABLES[need], tool?.kind === 'ready' ? tool.path : ''];
}

/** The output is printed at the end, because two files run at a time. */
async function vitest(file: string, env: Readonly<Record<string, string>>): Promise<Counts> {
  const directory = mkdtempSync(path.join(tmpdir(), 'refunds-real-'));
  const report = path.join(directory, 'report.json');
  console.log(`test:real runs ${file}`);
  const child = spawn(
    process.execPath,
    [
      projectFile('node_modules/vitest/vitest.mjs'),
      'run',
      '--config=test/real/vitest.config.ts',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      `test/real/${file}`,
    ],
    { cwd: projectFile(''), stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } },
  );
  const kill = (): void => void child.kill();
  process.once('exit', kill);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = Promise.withResolvers<number | null>();
  child.once('close', ended.resolve);
  const status = (await ended.promise) ?? 1;
  process.off('exit', kill);
  console.log(output);
  const { passed, skipped, failures } = readReport(report, status);
  rmSync(directory, { recursive: true, force: true });
  const why = `a test of ${file} that leaves itself out`;
  return {
    passed,
    failures,
    skipped: Array.from({ length: failures.length > 0 ? 0 : skipped }, () => ({ why, isAvoidable: true })),
  };
}
