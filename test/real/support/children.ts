import type { ChildProcess } from 'node:child_process';

const children = new Set<ChildProcess>();

process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** A child process that ends with this process, also after a failed test. */
export function endsWithUs(child: ChildProcess): void {
  children.add(child);
  child.once('close', () => children.delete(child));
}
