import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import * as v from 'valibot';
import { projectFile } from '../../lib/stack/bundle.ts';
import { dynoxide, pythonTools, runtimeClient, type Tool } from './support/tools.ts';

const MAKE = { python: pythonTools, runtimeClient, dynoxide };
type Need = keyof typeof MAKE;
const NEEDS: readonly Need[] = ['python', 'runtimeClient', 'dynoxide'];

/** Each file with the tools that it needs: all of one of the lines. */
const FILES: Readonly<Record<string, readonly (readonly Need[])[]>> = {
  'functions.real.ts': [['python', 'runtimeClient']],
  'alarms.real.ts': [['python', 'runtimeClient']],
  // Each of them is a judge of its own.
  'store.real.ts': [['python'], ['dynoxide']],
  'description.real.ts': [['python']],
  'template.real.ts': [['python']],
  'mutated-requests.real.ts': [[]],
};

const Report = v.object({
  numPassedTests: v.number(),
  numFailedTests: v.number(),
});

const wanted = process.argv.slice(2);
const named = Object.keys(FILES).filter(
  (file) => wanted.length === 0 || wanted.some((word) => file.includes(word)),
);
const needed = new Set(named.flatMap((file) => FILES[file]?.flat() ?? []));
const tools = new Map<Need, Tool>(
  await Promise.all(
    NEEDS.filter((need) => needed.has(need)).map(async (need) => [need, await MAKE[need]()] as const),
  ),
);

/** What is missing of each line, and so is not run; each counts as one in the last line. */
const skipped = named.flatMap((file) =>
  (FILES[file] ?? []).flatMap((line) => {
    const missing = line
      .map((need) => ({ need, tool: tools.get(need) }))
      .find(({ tool }) => tool?.kind === 'missing');
    return missing?.tool?.kind === 'missing' ? [{ file, why: `${missing.need}: ${missing.tool.why}` }] : [];
  }),
);
for (const { file, why } of skipped) console.log(`test:real skipped: ${file} (${why})`);

const files = named.filter(
  (file) => skipped.filter((each) => each.file === file).length < (FILES[file]?.length ?? 0),
);
const nothing = { status: 0, passed: 0, failed: 0 };
// Without a name Vitest would run them all.
const { status, passed, failed } = files.length === 0 ? nothing : await runFiles(files);
const note = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
console.log(`${passed} passed, ${failed} failed${note}`);
process.exitCode = status;

async function runFiles(names: readonly string[]): Promise<typeof nothing> {
  const directory = mkdtempSync(path.join(tmpdir(), 'refunds-real-'));
  const report = path.join(directory, 'report.json');
  const child = spawn(
    process.execPath,
    [
      projectFile('node_modules/vitest/vitest.mjs'),
      'run',
      '--config=test/real/vitest.config.ts',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...names.map((name) => `test/real/${name}`),
    ],
    {
      cwd: projectFile(''),
      stdio: 'inherit',
      env: {
        ...process.env,
        PYTHON_TOOLS: pathOf('python'),
        RUNTIME_CLIENT: pathOf('runtimeClient'),
        DYNOXIDE: pathOf('dynoxide'),
      },
    },
  );
  const ended = Promise.withResolvers<number | null>();
  child.once('close', ended.resolve);
  const exitStatus = (await ended.promise) ?? 1;
  const counts = v.parse(Report, JSON.parse(readFileSync(report, 'utf8')));
  rmSync(directory, { recursive: true, force: true });
  const { numPassedTests, numFailedTests } = counts;
  // A file that fails before its first test has no failed test of its own.
  const failedTests = numFailedTests === 0 && exitStatus !== 0 ? 1 : numFailedTests;
  return { status: exitStatus, passed: numPassedTests, failed: failedTests };
}

function pathOf(need: Need): string {
  const tool = tools.get(need);
  return tool?.kind === 'ready' ? tool.path : '';
}
