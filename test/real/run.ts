import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import * as v from 'valibot';
import { projectFile } from '../../lib/bundling.ts';
import { pythonTools, runtimeClient, type Tool } from './support/tools.ts';

/** Each file with the tools that it needs. */
const FILES: Readonly<Record<string, readonly ('python' | 'runtimeClient')[]>> = {
  'functions.real.ts': ['python', 'runtimeClient'],
  'alarms.real.ts': ['python', 'runtimeClient'],
  'store.real.ts': ['python'],
  'description.real.ts': ['python'],
  'template.real.ts': ['python'],
  'mutated-requests.real.ts': [],
};

const Report = v.object({
  numPassedTests: v.number(),
  numFailedTests: v.number(),
  numFailedTestSuites: v.number(),
});

const [python, client] = await Promise.all([pythonTools(), runtimeClient()]);
const tools = { python, runtimeClient: client };

const skipped = Object.entries(FILES).flatMap(([file, needs]) => {
  const missing = needs
    .map((need) => ({ need, tool: tools[need] }))
    .find(({ tool }) => tool.kind === 'missing');
  return missing?.tool.kind === 'missing' ? [{ file, why: `${missing.need}: ${missing.tool.why}` }] : [];
});
for (const { file, why } of skipped) console.log(`test:real skipped: ${file} (${why})`);

const isSkipped = new Set(skipped.map(({ file }) => file));
const wanted = process.argv.slice(2);
const files = Object.keys(FILES)
  .filter((file) => !isSkipped.has(file))
  .filter((file) => wanted.length === 0 || wanted.some((word) => file.includes(word)));
process.exitCode = await runFiles(files);

/** Their exit status; the last line that is printed counts them, and a file that was skipped as one. */
async function runFiles(names: readonly string[]): Promise<number> {
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
        PYTHON_TOOLS: pathOf(python),
        RUNTIME_CLIENT: pathOf(client),
      },
    },
  );
  const ended = Promise.withResolvers<number | null>();
  child.once('close', ended.resolve);
  const status = await ended.promise;
  const counts = v.parse(Report, JSON.parse(readFileSync(report, 'utf8')));
  rmSync(directory, { recursive: true, force: true });
  // A file that fails before its first test has no failed test of its own.
  const failed = counts.numFailedTests === 0 && status !== 0 ? 1 : counts.numFailedTests;
  const note = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
  console.log(`${counts.numPassedTests} passed, ${failed} failed${note}`);
  return status ?? 1;
}

function pathOf(tool: Tool): string {
  return tool.kind === 'ready' ? tool.path : '';
}
