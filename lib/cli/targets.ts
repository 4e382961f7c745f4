import type { Given, Surroundings } from './command.ts';
import { UsageError } from './operations-error.ts';

/** The table that is asked: one in AWS, or that of a local run. */
export type Target =
  | { readonly kind: 'aws'; readonly tableName: string; readonly region?: string }
  | LocalTarget;

export interface LocalTarget {
  readonly kind: 'local';
  readonly url: string;
}

/** `npm start`'s own default. */
const LOCAL_PORT = '3000';

/** @throws UsageError for an address or a port that is none */
export function targetOf(given: Given, { env }: Pick<Surroundings, 'env'>): Target {
  const tableName = given.text('table');
  const url = given.text('url');
  const region = given.text('region');
  if (tableName === undefined) {
    if (region !== undefined) throw new UsageError('--region belongs to --table: a local run has none.');
    return localTarget(url, env['PORT']);
  }
  if (url !== undefined)
    throw new UsageError('--table names a table in AWS and --url a local run: give one of them.');
  return { kind: 'aws', tableName, ...(region === undefined ? {} : { region }) };
}

export function localTarget(url: string | undefined, port: string | undefined): LocalTarget {
  if (url !== undefined) return { kind: 'local', url: httpAddress(url, '--url') };
  const given = port === undefined || port.trim() === '' ? LOCAL_PORT : port.trim();
  if (!/^\d{1,5}$/.test(given) || Number(given) < 1 || Number(given) > 65_535)
    throw new UsageError(`PORT must be the number of a local run's port, not "${given}".`);
  return { kind: 'local', url: `http://127.0.0.1:${given}` };
}

/** @throws UsageError naming the option and an example */
export function httpAddress(text: string, option: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    const hint = url === undefined && URL.canParse(`http://${text}`) ? `; perhaps http://${text}` : '';
    throw new UsageError(`${option} must be an address such as http://127.0.0.1:3000, not "${text}"${hint}.`);
  }
  return text.replace(/\/+$/, '');
}
