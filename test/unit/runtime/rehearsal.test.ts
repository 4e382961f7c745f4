import { afterEach, describe, expect, it, vi } from 'vitest';
import { handleCancel } from '../../../functions/cancel-payment.ts';
import { readConfig } from '../../../functions/runtime/config.ts';
import { rehearseCancel } from '../../../functions/runtime/rehearsal.ts';

const ENVIRONMENT = {
  PAYMENTS_TABLE_NAME: 'payments',
  IAMPORT_SECRET_ID: 'iamport',
  IAMPORT_API_URL: 'https://api.example',
  QUIET_PERIOD_SECONDS: '180',
};

afterEach(() => void vi.restoreAllMocks());

describe('the rehearsal of a refund', () => {
  it.each([
    ['where customers may refund', {}],
    ['where only staff may', { CUSTOMERS_MAY_REFUND: 'false' }],
    ['where nothing is ever sent again', { RESEND: 'never' }],
  ])('goes the whole way, %s', async (_, environment) => {
    const config = readConfig({ ...ENVIRONMENT, ...environment });
    const { statusCode, body = '' } = await rehearseCancel(handleCancel, config);
    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      merchant_uid: 'rehearsal',
      refund: { status: 'cancelled', amount: 100, attribution: 'tag', cancellation_id: 'rehearsal' },
    });
  });

  it('writes nothing: its lines would count as refunds and as money', async () => {
    const written = vi.spyOn(process.stdout, 'write');
    await rehearseCancel(handleCancel, readConfig(ENVIRONMENT));
    expect(written).not.toHaveBeenCalled();
  });
});
