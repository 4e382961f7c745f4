import { type PaymentsTable, startPaymentsTable } from './dynamodb/payments-table.ts';
import { emptySimulator, openLocalData } from './local-data.ts';
import type { LocalRunOptions } from './options.ts';
import { type Provider, startProvider } from './provider.ts';
import { createStarted } from './started.ts';
import type { Plan } from './template/plan.ts';

/** What remembers payments: the table, and i'mport. Kept between starts, and emptied together or not at all. */
export interface Memory {
  readonly table: PaymentsTable;
  readonly provider: Provider;
  readonly end: () => Promise<void>;
}

export interface MemoryOptions {
  readonly plan: Plan;
  readonly options: LocalRunOptions;
  readonly webhookUrl: string;
  /** The run before was killed, maybe in the middle of a write. */
  readonly wasKilled: boolean;
  readonly onFault: (error: unknown) => void;
}

export async function startMemory(given: MemoryOptions): Promise<Memory> {
  const { plan, options, webhookUrl, wasKilled, onFault } = given;
  const notice = (line: string): void => options.log?.('notice', line);
  const data = openLocalData(options.directory, {
    embedsTable: options.dynamodbUrl === undefined,
    simulates: options.iamportApiUrl === undefined,
  });
  if (data.notice !== undefined) notice(data.notice);
  const { keep, end } = createStarted();
  try {
    const { tableDirectory: directory, remedy } = data;
    const table = keep(await startPaymentsTable({ plan, options, directory, remedy, wasKilled, onFault }));
    if (table.isNew && emptySimulator(data)) {
      notice(`The table ${table.plan.name} is new, so the payments of the simulator were emptied as well.`);
    }
    const provider = keep(await startProvider({ options, webhookUrl, directory: data.simulatorDirectory }));
    return { table, provider, end };
  } catch (error) {
    await end();
    throw error;
  }
}
