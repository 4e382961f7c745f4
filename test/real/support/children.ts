import type { ChildProcess } from 'node:child_process';

const children = new Set<ChildProcess>();

process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Ends with this process, also where a test has failed before it could end it. */
export function endsWithUs(child: ChildProcess): void {
  children.add(child);
  child.once('close', () => children.delete(child));
}
