import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';

/** A third of a processor is what Lambda gives to half a gigabyte. */
export const THIRD = 1 / 3;
const PERIOD_US = 10_000;

export interface Throttle {
  /** Limits the process to this share of a processor. */
  readonly slow: (pid: number) => void;
  readonly end: () => void;
}

const NAME = `iamport-refunds-bench-${process.pid}`;
const V1 = '/sys/fs/cgroup/cpu';
const V2 = '/sys/fs/cgroup';

/** A control group of the kernel (either version), where this user may make one; undefined where not. */
export function throttleTo(part: number, name = ''): Throttle | undefined {
  const quota = Math.round(PERIOD_US * part);
  const isV1 = existsSync(`${V1}/cgroup.procs`);
  if (!isV1 && !existsSync(`${V2}/cgroup.procs`)) return undefined;
  const folder = `${isV1 ? V1 : V2}/${NAME}${name}`;
  const limits: Readonly<Record<string, string>> = isV1
    ? { 'cpu.cfs_period_us': String(PERIOD_US), 'cpu.cfs_quota_us': String(quota) }
    : { 'cpu.max': `${quota} ${PERIOD_US}` };
  try {
    mkdirSync(folder);
    for (const [file, value] of Object.entries(limits)) writeFileSync(`${folder}/${file}`, value);
  } catch {
    return undefined;
  }
  return {
    slow: (pid) => writeFileSync(`${folder}/cgroup.procs`, String(pid)),
    end: () => rmdirSync(folder),
  };
}
