import { Template } from 'aws-cdk-lib/assertions';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resources, stackWith } from '../infra/support.ts';
import { eventOf, startService, webhookEvent, type Service } from '../support/service.ts';

let service: Service;
let template: Template;
beforeAll(async () => {
  service = await startService();
  template = Template.fromStack(stackWith());
});
afterAll(async () => service.end());

const Policy = v.object({
  PolicyDocument: v.object({
    Statement: v.array(v.object({ Action: v.union([v.string(), v.array(v.string())]) })),
  }),
});

/** What the role allows of the services that the code calls itself; keys, logs and traces are used in its name by others. */
function allowed(name: string): readonly string[] {
  const policy = resources(template, 'AWS::IAM::Policy').find(({ id }) =>
    id.startsWith(`Service${name}Role`),
  );
  const actions = v
    .parse(Policy, policy?.properties)
    .PolicyDocument.Statement.flatMap(({ Action }) => Action);
  const own = actions.filter((action) => /^(dynamodb|secretsmanager):/.test(action));
  return [...new Set(own)].toSorted();
}

/** What a function really asked for, on every path that it has, from a cold start. */
async function used(paths: () => Promise<void>): Promise<readonly string[]> {
  service.actions.length = 0;
  await paths();
  return [...new Set(service.actions)].toSorted();
}

const soon = () => Date.now() + 28_000;

async function inDoubt(name: string): Promise<void> {
  await service.order(name);
  service.simulator.script({ on: 'cancel', fault: 'answer_lost', imp_uid: `imp_${name}` });
  await service.cancel({ merchant_uid: name, cancel_request_amount: 100 });
}

describe('what a function is allowed is what it uses: nothing missing, nothing unused', () => {
  it('POST /payments/cancel', async () => {
    const { handleCancel } = service.handlers;
    service.simulator.addPayment({
      imp_uid: 'imp_import',
      merchant_uid: 'import',
      amount: 500,
      custom_data: '{"customer_id":"customer"}',
    });
    await inDoubt('allow-1');
    const calls = await used(async () => {
      const world = service.coldWorld();
      for (const body of [{ imp_uid: 'imp_allow-1' }, { merchant_uid: 'import' }, { merchant_uid: 'none' }])
        await handleCancel(eventOf(body, {}), soon(), world);
    });
    expect(calls).toEqual(allowed('CancelPayment'));
  });

  it('GET /payments/{merchant_uid}', async () => {
    await inDoubt('allow-2');
    const event = { ...eventOf(undefined, {}), pathParameters: { merchant_uid: 'allow-2' } };
    const calls = await used(
      async () => void (await service.handlers.handleGet(event, soon(), service.coldWorld())),
    );
    expect(calls).toEqual(allowed('GetPayment'));
  });

  it('POST /webhooks/iamport', async () => {
    await inDoubt('allow-3');
    const event = webhookEvent('{"imp_uid":"imp_allow-3"}', '52.78.100.19', 'application/json');
    const options = { sourceAddresses: new Set(['52.78.100.19']), world: service.coldWorld() };
    const calls = await used(async () => void (await service.handlers.handleWebhook(event, soon(), options)));
    expect(calls).toEqual(allowed('ReceiveWebhook'));
  });

  it('the resolver', async () => {
    await inDoubt('allow-4');
    const calls = await used(
      async () => void (await service.handlers.handleResolve({ all: true }, soon(), service.coldWorld())),
    );
    expect(calls).toEqual(allowed('ResolveRefunds'));
  });
});

describe('a full cancel of an order in the table', () => {
  it('costs one strongly consistent read and two conditional updates', async () => {
    await service.order('cheap');
    const { handleCancel } = service.handlers;
    service.actions.length = 0;
    await handleCancel(eventOf({ merchant_uid: 'cheap' }, {}), soon(), service.world);
    expect(service.actions).toEqual(['dynamodb:Query', 'dynamodb:UpdateItem', 'dynamodb:UpdateItem']);
  });
});
