import type { RefundEvent } from '../protocol/events.ts';
import { METRICS_NAMESPACE } from './metrics.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface Measure {
  readonly name: string;
  readonly value: number;
  readonly unit?: 'Count' | 'Seconds' | 'None';
  /** Also counted by this provider code, so that a new kind of refusal shows. */
  readonly providerCode?: number;
}

/** Written straight to stdout: the console would put a prefix before the JSON, and metrics would not be found. */
export function writeLine(fields: Fields, measures: readonly Measure[] = []): void {
  process.stdout.write(`${JSON.stringify({ ...fields, ...embedded(measures) })}\n`);
}

function embedded(measures: readonly Measure[]): Fields {
  if (measures.length === 0) return {};
  const metrics = measures.map((measure) => ({
    Namespace: METRICS_NAMESPACE,
    Dimensions: measure.providerCode === undefined ? [[]] : [[], ['ProviderCode']],
    Metrics: [{ Name: measure.name, Unit: measure.unit ?? 'Count' }],
  }));
  const values = Object.fromEntries(measures.map(({ name, value }) => [name, value]));
  const provider = measures.find(({ providerCode }) => providerCode !== undefined);
  return {
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: metrics },
    ...values,
    ...(provider === undefined ? {} : { ProviderCode: String(provider.providerCode) }),
  };
}

const LEVELS: Partial<Record<RefundEvent['event'], 'WARN' | 'ERROR'>> = {
  in_doubt: 'WARN',
  read_back_failed: 'WARN',
  store_failed: 'ERROR',
  drift: 'ERROR',
  corrected: 'ERROR',
  released: 'WARN',
  unavailable: 'ERROR',
};

/** One line per decision and one per outcome, with the metrics that follow from it. */
export function reportRefundEvent(event: RefundEvent): void {
  writeLine({ level: LEVELS[event.event] ?? 'INFO', ...event }, measuresOf(event));
}

export function measuresOf(event: RefundEvent): readonly Measure[] {
  switch (event.event) {
    case 'cancelled':
      return [
        { name: 'RefundsCancelled', value: 1 },
        ...(event.currency === 'KRW'
          ? [{ name: 'CancelledAmountKRW', value: event.amount ?? 0, unit: 'None' as const }]
          : []),
        ...(event.attribution === 'position' ? [{ name: 'AttributedByPosition', value: 1 }] : []),
      ];
    case 'rejected': {
      const { providerCode } = event;
      return [{ name: 'RefundsRejected', value: 1, ...(providerCode === undefined ? {} : { providerCode }) }];
    }
    case 'in_doubt':
      return [{ name: 'RefundsUnknown', value: 1 }];
    case 'drift':
      return [{ name: 'Drift', value: 1 }];
    case 'conflict':
      return [{ name: 'Conflicts', value: 1 }];
    case 'corrected':
      return [{ name: 'LateCorrections', value: 1 }];
    case 'released':
    case 'unavailable':
    case 'read_back_failed':
      return [{ name: 'ProviderUnavailable', value: 1 }];
    default:
      return [];
  }
}
