import { DEFAULT_OPEN_REFUND_SHARDS } from '../functions/payments-store/keys.ts';
import { IAMPORT_API_URL, QUIET_PERIOD_SECONDS, WEBHOOK_SOURCE_ADDRESSES } from './provider-defaults.ts';
import type { FunctionName } from './service-functions.ts';

/** What the functions are told. */
export interface Settings {
  readonly serviceName: string;
  readonly iamportApiUrl: string;
  readonly quietPeriodSeconds: number;
  readonly webhookSourceAddresses: readonly string[];
  readonly resend: 'safe' | 'never';
  readonly pgsThatCheckBalance: readonly string[];
  readonly pgsThatDropReasons: readonly string[];
  readonly importUnknownPayments: boolean;
  readonly customersMayRefund: boolean;
  readonly openRefundShards: number;
  readonly concurrency: Readonly<Partial<Record<FunctionName, number>>>;
}

export const DEFAULT_SETTINGS: Omit<Settings, 'serviceName'> = {
  iamportApiUrl: IAMPORT_API_URL,
  quietPeriodSeconds: QUIET_PERIOD_SECONDS,
  webhookSourceAddresses: WEBHOOK_SOURCE_ADDRESSES,
  resend: 'safe',
  pgsThatCheckBalance: [],
  pgsThatDropReasons: [],
  importUnknownPayments: false,
  customersMayRefund: true,
  openRefundShards: DEFAULT_OPEN_REFUND_SHARDS,
  concurrency: {},
};
