import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Page } from 'playwright-core';
import { refundToItem } from '../../functions/ledger/refund-item.ts';
import { cancelled as cancelledRefund, entryOf, won } from './ledger-samples.ts';
import type { Shop, Visitor } from './shop.ts';

export interface Staff extends Visitor {
  /** @default staff-1 */
  readonly who?: string;
}

/** A signed-in page of the desk, by its URL fragment. */
export async function atDesk(
  shop: Shop,
  address = '',
  { who = 'staff-1', ...visitor }: Staff = {},
): Promise<Page> {
  const page = await shop.visit(`/desk/${address}`, visitor);
  await page.locator('button.strong').click();
  await page.getByRole('button', { name: who, exact: true }).click();
  await page.locator('header nav').waitFor();
  return page;
}

/** The page of a payment at the desk, used as staff use it. */
export function paymentPage(page: Page) {
  const form = page.locator('form.refund');
  const dialog = page.getByRole('dialog');
  const review = form.getByRole('button', { name: '환불 확인' });
  const yes = dialog.getByRole('button', { name: /^[\d,.]+원 환불$/ });
  return {
    form,
    dialog,
    review,
    yes,
    /** `amount`: a part; otherwise all that is left. */
    fill: async (amount?: string): Promise<void> => {
      if (amount !== undefined) {
        await form.getByLabel('일부').check();
        await form.getByLabel('환불할 금액').fill(amount);
      }
      await form.locator('select[name=why]').selectOption({ label: '상품 불량' });
    },
    refund: async (): Promise<void> => {
      await review.click();
      await yes.click();
    },
    says: async (kind: string): Promise<string> => {
      const said = page.locator(`#said[data-kind="${kind}"]`);
      await said.waitFor();
      return (await said.textContent()) ?? '';
    },
    left: async (amount: string): Promise<void> => {
      await page.locator('.sums div:nth-child(3)').getByText(amount, { exact: true }).waitFor();
    },
    /** The refunds as cards, newest first. */
    refunds: page.locator('article.refund'),
  };
}

/** This many refunds of 1,000 won, one per minute before that time, written directly into the ledger. */
export async function manyRefunds(shop: Shop, count: number, lastMs: number): Promise<void> {
  const { body } = await shop.run.call('GET', '/_local');
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({
    endpoint: String(body['dynamodb']),
    region: String(body['region']),
    credentials,
  });
  const itemAt = (at: number) => {
    const ms = lastMs - at * 60_000;
    const entries = [entryOf(1_000, { cancelledAtMs: ms, cancellationId: `C${at}` })];
    const number = String(at).padStart(6, '0');
    const names = {
      merchantUid: `MANY-${number}`,
      impUid: `imp_many_${number}`,
      refundId: `rf_many${number}`,
    };
    const times = { requestedAtMs: ms, claimedAtMs: ms, finishedAtMs: ms, cancelledAtMs: ms };
    return marshall(refundToItem(cancelledRefund({ ...names, ...times, entries, amount: won(1_000) }), 1), {
      removeUndefinedValues: true,
    });
  };
  for (let from = 0; from < count; from += 25) {
    const requests = Array.from({ length: Math.min(25, count - from) }, (_, at) => ({
      PutRequest: { Item: itemAt(from + at) },
    }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [shop.run.tables.ledger]: requests } }));
  }
  client.destroy();
}
