import { stripVTControlCharacters } from 'node:util';
import { startVitest } from 'vitest/node';
import { dynoxide, pythonTools, runtimeClient, type Tool } from './support/tools.ts';

/**
 * `npm run test:real [-- functions store …]`: first makes the tools, then runs the files that have theirs. Every file that is
 * not run is reported, and with CI set a file that could have run must run.
 */
const MAKE = { PYTHON_TOOLS: pythonTools, RUNTIME_CLIENT: runtimeClient, DYNOXIDE: dynoxide };
/** A tool, by the variable that names its path. */
type Need = keyof typeof MAKE;

/** Each test file with the tools that it needs: all tools of one line. */
const FILES: Readonly<Record<string, readonly (readonly Need[])[]>> = {
  'packages.real.ts': [[]],
  'template.real.ts': [['PYTHON_TOOLS']],
  'commands.real.ts': [['PYTHON_TOOLS']],
  'description.real.ts': [['PYTHON_TOOLS']],
  'functions.real.ts': [['PYTHON_TOOLS', 'RUNTIME_CLIENT']],
  'alarms.real.ts': [['PYTHON_TOOLS', 'RUNTIME_CLIENT']],
  // Each is a separate check.
  'store.real.ts': [['PYTHON_TOOLS'], ['DYNOXIDE']],
};

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

const words = process.argv.slice(2);
const unknown = words.filter((word) => !Object.keys(FILES).some((file) => file.includes(word)));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}; there are ${Object.keys(FILES).join(', ')}.`);
  process.exit(2);
}
const named = Object.entries(FILES).filter(
  ([file]) => words.length === 0 || words.some((word) => file.includes(word)),
);
const needed = [...new Set(named.flatMap(([, lines]) => lines.flat()))];
const tools = new Map<Need, Tool>(
  await Promise.all(needed.map(async (need) => [need, await MAKE[need]()] as const)),
);

/** What was not run, and why. */
const skipped: { readonly why: string; readonly isAvoidable: boolean }[] = [];
const ready = named.filter(([file, lines]) => lines.filter((line) => hasTools(file, line)).length > 0);
const { passed, failures } = await vitest(ready.map(([file]) => `test/real/${file}`));

for (const { why } of skipped) console.log(`test:real skipped: ${why}`);
for (const failure of failures) console.log(`test:real failed: ${failure}`);
const isCi = !['', 'false', '0'].includes(process.env['CI'] ?? '');
const isTooLittle = isCi && skipped.some(({ isAvoidable }) => isAvoidable);
if (isTooLittle) console.log('test:real fails: CI is set, and this machine could have run what was skipped.');
if (passed + failures.length === 0) console.log('test:real fails: nothing ran.');
// The last line is for the program that adds up all tests.
const counts = [`${passed} passed`, `${failures.length} failed`];
if (skipped.length > 0) counts.push(`${skipped.length} skipped`);
console.log(counts.join(', '));
process.exitCode = failures.length > 0 || passed === 0 || isTooLittle ? 1 : 0;

function hasTools(file: string, line: readonly Need[]): boolean {
  for (const need of line) {
    const tool = tools.get(need);
    if (tool?.kind !== 'missing') continue;
    skipped.push({ why: `${file} (${need}: ${tool.why})`, isAvoidable: tool.isAvoidable });
    return false;
  }
  return true;
}

async function vitest(files: readonly string[]): Promise<{ passed: number; failures: readonly string[] }> {
  // Without a file vitest would run all.
  if (files.length === 0) return { passed: 0, failures: [] };
  for (const [need, tool] of tools) if (tool.kind === 'ready') process.env[need] = tool.path;
  const run = await startVitest('test', [...files], { config: 'test/real/vitest.config.ts', watch: false });
  await run.close();
  const modules = run.state.getTestModules();
  const tests = modules.flatMap(({ children }) => [...children.allTests()]);
  const inState = (state: string) => tests.filter((test) => test.result().state === state);
  const failed = inState('failed').map(
    (test) => `${test.module.relativeModuleId}: ${test.fullName}: ${firstLine(test.result().errors?.[0])}`,
  );
  // Errors outside of the tests.
  const others = [...modules.flatMap((module) => module.errors()), ...run.state.getUnhandledErrors()];
  const all = [...failed, ...others.map(firstLine)];
  // A skipped test left itself out; after a failure the tests behind it are skipped, too.
  if (all.length === 0)
    for (const _ of inState('skipped'))
      skipped.push({ why: 'a test that leaves itself out', isAvoidable: true });
  return { passed: inState('passed').length, failures: all };
}

function firstLine(error: unknown): string {
  const { message = String(error) } = (error ?? {}) as { readonly message?: string };
  return (stripVTControlCharacters(message).split('\n')[0] ?? '').slice(0, 500);
}
