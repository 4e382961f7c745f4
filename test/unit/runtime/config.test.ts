import { describe, expect, it } from 'vitest';
import { DEFAULT_ORDER_ATTRIBUTES } from '../../../functions/ledger/keys.ts';
import { readConfig } from '../../../functions/runtime/config.ts';

const right = {
  ORDERS_TABLE_NAME: 'orders',
  ORDERS_ATTRIBUTES: '{"merchantUid":"order_no","customerId":"member_no"}',
  LEDGER_TABLE_NAME: 'ledger',
  IAMPORT_SECRET_ID: 'iamport',
  IAMPORT_API_URL: 'https://api.iamport.kr/',
  IAMPORT_TIER: 'A1b',
  QUIET_PERIOD_SECONDS: '180',
  WEBHOOK_SOURCE_ADDRESSES: '52.78.100.19, 52.78.48.223',
  SERVICE_NAME: 'shop',
  PGS_THAT_CANCEL_LATER: 'paypal, kicc:wechat',
  RULES_OFF: 'card_deadline, ksnet_vbank_night',
  IMPORT_UNKNOWN_PAYMENTS: 'true',
  CUSTOMERS_MAY_REFUND: 'false',
  PERSON_CLAIM: 'email',
};

describe('the configuration', () => {
  it('the configuration is read from the environment', () => {
    expect(readConfig(right)).toEqual({
      ordersTable: 'orders',
      orderAttributes: {
        ...DEFAULT_ORDER_ATTRIBUTES,
        merchantUid: 'order_no',
        customerId: 'member_no',
      },
      ledgerTable: 'ledger',
      secretId: 'iamport',
      apiUrl: 'https://api.iamport.kr',
      iamportTier: 'A1b',
      webhookSourceAddresses: new Set(['52.78.100.19', '52.78.48.223']),
      personClaim: 'email',
      settings: {
        quietPeriodMs: 180_000,
        pgsThatCancelLater: new Set(['paypal', 'kicc:wechat']),
        rulesOff: new Set(['card_deadline', 'ksnet_vbank_night']),
        importUnknownPayments: true,
        customersMayRefund: false,
      },
    });
  });

  it('the configuration is the safe one when a variable is missing', () => {
    const needed = [
      'ORDERS_TABLE_NAME',
      'LEDGER_TABLE_NAME',
      'IAMPORT_SECRET_ID',
      'IAMPORT_API_URL',
      'QUIET_PERIOD_SECONDS',
    ];
    const least = Object.fromEntries(Object.entries(right).filter(([name]) => needed.includes(name)));
    const { iamportTier, personClaim, ...config } = readConfig(least);
    expect([iamportTier, personClaim]).toEqual([undefined, undefined]);
    expect(config).toEqual({
      ordersTable: 'orders',
      orderAttributes: DEFAULT_ORDER_ATTRIBUTES,
      ledgerTable: 'ledger',
      secretId: 'iamport',
      apiUrl: 'https://api.iamport.kr',
      webhookSourceAddresses: new Set(),
      settings: {
        quietPeriodMs: 180_000,
        pgsThatCancelLater: new Set(),
        rulesOff: new Set(),
        importUnknownPayments: false,
        customersMayRefund: true,
      },
    });
  });

  it.each([
    ['LEDGER_TABLE_NAME', undefined, 'must be set'],
    ['LEDGER_TABLE_NAME', ' ', 'must not be empty'],
    ['ORDERS_ATTRIBUTES', 'member_no', 'must be JSON with names of attributes'],
    ['ORDERS_ATTRIBUTES', '{"customer_id":"member_no"}', 'must be JSON with names of attributes'],
    ['ORDERS_ATTRIBUTES', '{"customerId":""}', 'must be JSON with names of attributes'],
    ['IAMPORT_API_URL', 'api.iamport.kr', 'must be a URL'],
    ['IAMPORT_API_URL', 'ftp://api.iamport.kr', 'must begin with https:'],
    ['IAMPORT_API_URL', 'https://key:secret@api.iamport.kr', 'must hold no user, query or fragment'],
    ['IAMPORT_TIER', 'A1', 'must be three characters'],
    ['QUIET_PERIOD_SECONDS', '', 'must be a whole number of seconds, 1 to 3600'],
    ['QUIET_PERIOD_SECONDS', '1.5', 'must be a whole number of seconds, 1 to 3600'],
    ['QUIET_PERIOD_SECONDS', '0', 'must be a whole number of seconds, 1 to 3600'],
    ['WEBHOOK_SOURCE_ADDRESSES', 'somewhere', 'must be a comma list of IP addresses'],
    ['RULES_OFF', 'card_deadlines', 'must be a comma list of PG rules'],
    ['RULES_OFF', 'currency_unknown', 'must be a comma list of PG rules'],
    ['IMPORT_UNKNOWN_PAYMENTS', 'yes', 'must be true or false'],
    ['CUSTOMERS_MAY_REFUND', '', 'must be true or false'],
    ['PERSON_CLAIM', ' ', 'must not be empty'],
  ])('%s as %j is refused with variable and rule in one line', (variable, value, rule) => {
    expect(() => readConfig({ ...right, [variable]: value })).toThrow(`${variable}: ${rule}`);
  });
});
