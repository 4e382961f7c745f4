import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';

/**
 * `npx iamport-refunds-local`: starts the local run. Node does not run TypeScript inside `node_modules`, so this copies the project to
 * the run's own folder, where a link leads to its packages.
 */
const here = import.meta.dirname;
const program = path.resolve(process.env['LOCAL_DIRECTORY'] ?? '.local', 'program');
rmSync(program, { recursive: true, force: true });
mkdirSync(program, { recursive: true });
for (const name of readdirSync(here)) {
  if (name !== 'node_modules') cpSync(path.join(here, name), path.join(program, name), { recursive: true });
}
const installed = path.dirname(here);
symlinkSync(installed, path.join(program, 'node_modules'), 'dir');

/** Node in Lambda's version, as in the project; on Linux a package provides it. */
const FIRST_NODE = 24;
const isRight = Number.parseInt(process.versions.node, 10) >= FIRST_NODE;
const brought = path.join(installed, `node-${process.platform}-${process.arch}`, 'bin', 'node');
const child = spawn(isRight ? process.execPath : brought, [path.join(program, 'bin', 'local.ts')], {
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.once('error', () => {
  console.error(`The local run needs Node ${FIRST_NODE} or newer here.`);
  process.exitCode = 1;
});
child.once('close', (status) => (process.exitCode = status ?? 1));
