import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../functions/runtime/config.ts';

const right = {
  PAYMENTS_TABLE_NAME: 'payments',
  IAMPORT_SECRET_ID: 'iamport',
  IAMPORT_API_URL: 'https://api.iamport.kr/',
  QUIET_PERIOD_SECONDS: '180',
  WEBHOOK_SOURCE_ADDRESSES: '52.78.100.19, 52.78.48.223',
  SERVICE_NAME: 'shop',
  RESEND: 'never',
  PGS_THAT_CHECK_BALANCE: 'nice, kcp',
  PGS_THAT_DROP_REASONS: '',
  IMPORT_UNKNOWN_PAYMENTS: 'true',
  CUSTOMERS_MAY_REFUND: 'false',
  OPEN_REFUND_SHARDS: '4',
};

describe('the configuration', () => {
  it('is read from the environment', () => {
    expect(readConfig(right)).toEqual({
      tableName: 'payments',
      secretId: 'iamport',
      apiUrl: 'https://api.iamport.kr',
      openRefundShards: 4,
      webhookSourceAddresses: new Set(['52.78.100.19', '52.78.48.223']),
      settings: {
        quietPeriodMs: 180_000,
        resend: 'never',
        pgsThatCheckBalance: new Set(['nice', 'kcp']),
        pgsThatDropReasons: new Set(),
        importUnknownPayments: true,
        customersMayRefund: false,
      },
    });
  });

  it('is the safe one where the stack says nothing', () => {
    const { PAYMENTS_TABLE_NAME, IAMPORT_SECRET_ID, IAMPORT_API_URL, QUIET_PERIOD_SECONDS } = right;
    const needed = { PAYMENTS_TABLE_NAME, IAMPORT_SECRET_ID, IAMPORT_API_URL, QUIET_PERIOD_SECONDS };
    expect(readConfig(needed)).toMatchObject({
      openRefundShards: 8,
      webhookSourceAddresses: new Set(),
      settings: { resend: 'safe', importUnknownPayments: false, customersMayRefund: true },
    });
  });

  it.each([
    ['PAYMENTS_TABLE_NAME', undefined, 'must be set'],
    ['PAYMENTS_TABLE_NAME', ' ', 'must not be empty'],
    ['IAMPORT_API_URL', 'api.iamport.kr', 'must be a URL'],
    ['IAMPORT_API_URL', 'ftp://api.iamport.kr', 'must begin with https:'],
    ['IAMPORT_API_URL', 'https://key:secret@api.iamport.kr', 'must hold no user, query or fragment'],
    ['IAMPORT_API_URL', 'https://api.iamport.kr/?a=b', 'must hold no user, query or fragment'],
    ['IAMPORT_API_URL', 'https://api.iamport.kr/#a', 'must hold no user, query or fragment'],
    ['QUIET_PERIOD_SECONDS', '', 'must be a whole number of seconds, 1 to 3600'],
    ['QUIET_PERIOD_SECONDS', '1.5', 'must be a whole number of seconds, 1 to 3600'],
    ['QUIET_PERIOD_SECONDS', '0', 'must be a whole number of seconds, 1 to 3600'],
    ['QUIET_PERIOD_SECONDS', '1e3', 'must be a whole number of seconds, 1 to 3600'],
    ['WEBHOOK_SOURCE_ADDRESSES', 'somewhere', 'must be a comma list of IP addresses'],
    ['RESEND', 'always', 'must be safe or never'],
    ['IMPORT_UNKNOWN_PAYMENTS', 'yes', 'must be true or false'],
    ['CUSTOMERS_MAY_REFUND', '', 'must be true or false'],
    ['OPEN_REFUND_SHARDS', '0', 'must be a whole number of 1 to 1000'],
  ])('with %s as %j names variable and rule in one line', (variable, value, rule) => {
    expect(() => readConfig({ ...right, [variable]: value })).toThrow(`${variable}: ${rule}`);
  });
});
