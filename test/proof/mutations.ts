import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { progressOn } from '../../lib/operations/progress.ts';

/**
 * `npm run test:mutations`: takes one guard out of a copy of the sources at a time and shows that some test fails. The
 * conditions of the writes have their own, quicker form in mutations.test.ts, which `npm test` runs.
 */
interface Mutation {
  readonly guard: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const MUTATIONS: readonly Mutation[] = [
  {
    guard: 'a refusal is believed only after the payment was read back',
    file: 'refund/send.ts',
    from: 'const evidence = examine(attempt.payment, attempt.pending, look.payment);',
    to: "const evidence = { kind: 'untouched' };",
  },
  {
    guard: 'a time-out is never a failure',
    file: 'refund/send.ts',
    from: 'return stayInDoubt(attempt, { answer: `unknown: ${outcome.cause}`, accepted: false }, world);',
    to: 'return release(attempt, outcome.cause, world);',
  },
  {
    guard: 'code 0 without our entry in the history is not done',
    file: 'refund/send.ts',
    from: "if (evidence.kind !== 'done') {",
    to: "if (evidence.kind !== 'done') Object.assign(evidence, { attribution: { kind: 'ours', by: 'tag', entry: {} } });\n  if (evidence.attribution === undefined) {",
  },
  {
    guard: 'nothing is sent again before the quiet period is over',
    file: 'refund/resolve-workflow.ts',
    from: 'const quiet = nowMs - pending.claimedAtMs > world.quietPeriodMs;',
    to: 'const quiet = true;',
  },
  {
    guard: 'what an asynchronous PG may have accepted is not sent again',
    file: 'refund/resolve-workflow.ts',
    from: 'if (!quiet || pending.accepted || cancelsLater(payment)) {',
    to: 'if (!quiet) {',
  },
  {
    guard: 'an entry of the console is never ours',
    file: 'refund/attribution.ts',
    from: ' && reason.trim() !== CONSOLE_REASON',
    to: '',
  },
  {
    guard: 'an entry with another refund’s tag is never ours',
    file: 'refund/attribution.ts',
    from: '!ANY_TAG.test(reason) && ',
    to: '',
  },
  {
    guard: 'a refund in flight comes before any amount is judged',
    file: 'refund/decide.ts',
    from: 'if (pending !== undefined) {',
    to: 'if (pending !== undefined && Number.isNaN(nowMs)) {',
  },
  {
    guard: 'a rejected refund keeps its record',
    file: 'payments-store/plan.ts',
    from: '...plan(payment, [stillTheAttempt(write.claimId)], [record]), ...DONE_WITH_PENDING',
    to: '...plan(payment, [stillTheAttempt(write.claimId)], []), ...DONE_WITH_PENDING',
  },
  {
    guard: 'a request that is late does not leave any more',
    file: 'iamport/client.ts',
    from: 'nowMs > call.sendBeforeMs || ',
    to: '',
  },
  {
    guard: 'the same key with another body is refused',
    file: 'refund/decide.ts',
    from: 'return refund.fingerprint === identity.fingerprint;',
    to: 'return true;',
  },
  {
    guard: 'a customer refunds only what is the customer’s own',
    file: 'refund/own-item.ts',
    from: 'payment.customerId === actor.sub',
    to: 'actor.sub.length > 0',
  },
];

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TESTS = [
  'test/proof/schedules.test.ts',
  'test/proof/model.test.ts',
  'test/unit/refund',
  'test/unit/payments-store',
  'test/fault',
];

function isNoticed({ file, from, to }: Mutation): boolean {
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
    const command = [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--config',
      'test/vitest.config.ts',
      '--bail=1',
      ...TESTS,
    ];
    const env = { ...process.env, SCHEDULES_LIMIT: '2000', MODEL_RUNS: '2000' };
    return spawnSync(process.execPath, command, { cwd: copy, env, stdio: 'ignore' }).status !== 0;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

const progress = progressOn(process.stderr);
let survivors = 0;
for (const [index, mutation] of MUTATIONS.entries()) {
  progress.tell(`${index + 1} of ${MUTATIONS.length}: without "${mutation.guard}"`);
  const noticed = isNoticed(mutation);
  progress.end();
  if (!noticed) survivors += 1;
  console.log(`${noticed ? 'noticed ' : 'SURVIVED'}  ${mutation.guard}`);
}
console.log(`${MUTATIONS.length - survivors} of ${MUTATIONS.length} guards are held by a test`);
process.exitCode = survivors === 0 ? 0 : 1;
