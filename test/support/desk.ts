import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Page } from 'playwright-core';
import { refundToItem } from '../../functions/ledger/refund-item.ts';
import { cancelled, entryOf, won } from './ledger-samples.ts';
import { shop, type Visitor } from './shop.ts';

export interface Staff extends Visitor {
  /** @default staff-1 */
  readonly who?: string;
}

/** A page of the desk, by its URL fragment, with a token as a sign-in leaves it in the tab. */
export async function atDesk(
  address = '',
  { who = 'staff-1', ...visitor }: Staff = {},
  access?: string,
): Promise<Page> {
  const groups = who.startsWith('staff') ? ['refund-staff'] : [];
  const token = access ?? (await shop.run.signIn({ sub: who, groups })).replace('Bearer ', '');
  const tokens = { access: token, endsAtMs: Date.now() + 3_600_000, name: who };
  return shop.visit(`/desk/${address}`, {
    ...visitor,
    tab: { 'refund-desk:tokens': JSON.stringify(tokens) },
  });
}

/** Signs in at the local issuer, from the desk's own button. */
export async function signIn(page: Page, who = 'staff-1'): Promise<void> {
  await page.locator('button.strong').click();
  await page.getByRole('button', { name: who, exact: true }).click();
  await page.locator('header nav').waitFor();
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
    /** The refunds as cards, newest first. */
    refunds: page.locator('article.refund'),
  };
}

/** This many refunds of 1,000 won, one per minute before that time, written directly into the ledger. */
export async function manyRefunds(count: number, lastMs: number): Promise<void> {
  const { body } = await shop.run.call('GET', '/_local');
  const client = new DynamoDBClient({
    endpoint: String(body['dynamodb']),
    region: String(body['region']),
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const itemAt = (at: number) => {
    const ms = lastMs - at * 60_000;
    const number = String(at).padStart(6, '0');
    const names = {
      merchantUid: `MANY-${number}`,
      impUid: `imp_many_${number}`,
      refundId: `rf_many${number}`,
    };
    const times = { requestedAtMs: ms, claimedAtMs: ms, finishedAtMs: ms, cancelledAtMs: ms };
    const entries = [entryOf(1_000, { cancelledAtMs: ms, cancellationId: `C${at}` })];
    const item = refundToItem(cancelled({ ...names, ...times, entries, amount: won(1_000) }));
    return { PutRequest: { Item: marshall(item, { removeUndefinedValues: true }) } };
  };
  for (let from = 0; from < count; from += 25) {
    const items = Array.from({ length: Math.min(25, count - from) }, (_, at) => itemAt(from + at));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [shop.run.tables.ledger]: items } }));
  }
  client.destroy();
}
