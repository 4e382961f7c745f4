import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { GUARDS } from './guards-by-schedule.ts';
import { HELD_ELSEWHERE } from './guards-by-test.ts';
import { GUARDS_OF_ANSWERS } from './guards-of-answers.ts';
import type { Mutation } from './mutation.ts';

/**
 * `npm run test:mutations`: takes one guard out of a copy of the sources at a time, and shows the schedule that breaks a
 * promise then, or that the named test fails.
 */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A copy of the sources without one guard. */
function inCopy<T>({ file, from, to }: Mutation, look: (copy: string) => T): T {
  const copy = mkdtempSync(path.join(tmpdir(), 'refunds-mutation-'));
  try {
    for (const part of ['functions', 'lib', 'test', 'package.json', 'tsconfig.json', 'cdk.json']) {
      cpSync(path.join(ROOT, part), path.join(copy, part), { recursive: true });
    }
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
    const target = path.join(copy, 'functions', file);
    const source = readFileSync(target, 'utf8');
    if (source.split(from).length !== 2) throw new Error(`${file} must hold exactly once: ${from}`);
    writeFileSync(
      target,
      source.replace(from, () => to),
    );
    return look(copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** More than the bounded form takes: a guard may be needed in one schedule of thousands. */
const SCHEDULES = '3000';

/** The number of a schedule that breaks a promise; undefined when none was found. */
function brokenSchedule(scenario: string, copy: string): string | undefined {
  const command = ['test/proof/search.ts', SCHEDULES, SCHEDULES, scenario];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: copy, encoding: 'utf8' });
  if (status === 0) return undefined;
  const [, number] = stdout.trim().split('\t');
  if (number === undefined) throw new Error(stderr);
  return number;
}

function failsTest(test: string, copy: string): boolean {
  const vitest = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    'test/vitest.config.ts',
    '--bail=1',
    test,
  ];
  return spawnSync(process.execPath, vitest, { cwd: copy, stdio: 'ignore' }).status !== 0;
}

let survivors = 0;

function tell(guard: string, noticed: string | undefined): void {
  if (noticed === undefined) survivors += 1;
  console.log(
    `${noticed === undefined ? 'SURVIVED' : 'noticed '}  ${guard}${noticed === undefined ? '' : `: ${noticed}`}`,
  );
}

for (const mutation of GUARDS) {
  const number = inCopy(mutation, (copy) => brokenSchedule(mutation.by, copy));
  tell(mutation.guard, number === undefined ? undefined : `${mutation.by} (schedule ${number})`);
}
const BY_TEST = [...HELD_ELSEWHERE, ...GUARDS_OF_ANSWERS];
for (const mutation of BY_TEST) {
  tell(
    mutation.guard,
    inCopy(mutation, (copy) => (failsTest(mutation.by, copy) ? mutation.by : undefined)),
  );
}
const all = GUARDS.length + BY_TEST.length;
console.log(
  `${all - survivors} of ${all} guards are missed when they are gone, ${GUARDS.length} of them by a schedule`,
);
process.exitCode = survivors === 0 ? 0 : 1;
