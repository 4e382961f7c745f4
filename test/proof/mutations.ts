import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { GUARDS, withoutGuard, type Guard } from './guards.ts';

/**
 * `npm run test:mutations`: removes one guard at a time from a copy of the sources, and shows the schedule that then breaks a
 * promise, or that a unit test fails. With an argument: only guards whose name contains it.
 */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A copy of the sources without one guard. */
function inCopy<T>(guard: Guard, look: (copy: string) => T): T {
  const copy = mkdtempSync(path.join(tmpdir(), 'refunds-mutation-'));
  try {
    for (const part of ['functions', 'lib', 'test', 'package.json', 'tsconfig.json', 'cdk.json']) {
      cpSync(path.join(ROOT, part), path.join(copy, part), { recursive: true });
    }
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
    const target = path.join(copy, 'functions', guard.file);
    writeFileSync(target, withoutGuard(guard, readFileSync(target, 'utf8')));
    return look(copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** More schedules than the bounded run has: a guard may matter in one of thousands. */
const SCHEDULES = '3000';

/** The number of a schedule that breaks a promise, or undefined. */
function brokenSchedule(scenario: string, copy: string): string | undefined {
  const command = ['test/proof/search.ts', SCHEDULES, SCHEDULES, scenario];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: copy, encoding: 'utf8' });
  if (status === 0) return undefined;
  const [, number] = stdout.trim().split('\t');
  if (number === undefined) throw new Error(stderr);
  return number;
}

/** The unit tests of the rows. */
const UNIT_TESTS = ['test/unit/protocol', 'test/unit/refund', 'test/unit/ledger'];

function failsUnitTest(copy: string): boolean {
  const config = ['--config', 'test/vitest.config.ts', '--bail=1'];
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...config, ...UNIT_TESTS];
  return spawnSync(process.execPath, vitest, { cwd: copy, stdio: 'ignore' }).status !== 0;
}

function noticedBy(guard: Guard, copy: string): string | undefined {
  if (guard.by === undefined) return failsUnitTest(copy) ? 'a unit test' : undefined;
  const number = brokenSchedule(guard.by, copy);
  return number === undefined ? undefined : `${guard.by} (schedule ${number})`;
}

const [only = ''] = process.argv.slice(2);
const guards = GUARDS.filter(({ guard }) => guard.includes(only));
let survivors = 0;
for (const each of guards) {
  const noticed = inCopy(each, (copy) => noticedBy(each, copy));
  if (noticed === undefined) survivors += 1;
  console.log(noticed === undefined ? `SURVIVED  ${each.guard}` : `noticed   ${each.guard}: ${noticed}`);
}
console.log(`${guards.length - survivors} of ${guards.length} guards are noticed when they are removed`);
process.exitCode = survivors === 0 ? 0 : 1;
