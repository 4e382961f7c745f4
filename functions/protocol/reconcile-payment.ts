import { differentPayment } from '../refund/evidence.ts';
import { finding, withAcknowledged, type Finding } from '../refund/findings.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import type { Order } from '../refund/order.ts';
import type { Payment, ProviderPayment } from '../refund/payment.ts';
import { comparePayment, contradicts, isUntouched, orderFindings } from '../refund/reconciliation.ts';
import type { LedgerItem } from '../refund/refund.ts';
import { READ_BACK_TIMEOUT_MS } from '../refund/times.ts';
import { importPayment, mismatch, paymentNamed, readOrder, reportOrderNotices } from './find.ts';
import { refundInFlight } from './in-flight.ts';
import type { Surroundings } from './ports.ts';
import type { Reconciled } from './reconciliation-notes.ts';
import { book } from './settle.ts';

/** The ledger or the provider did not answer: the payment cannot be compared. */
export interface NotCompared {
  readonly failed: string;
}

/** A payment in one reading of the provider's books; the reading began at `beganAtMs`. */
export interface Reading {
  readonly provider: ProviderPayment;
  readonly beganAtMs: number;
}

/**
 * Updates the ledger from one payment in the provider's list, and returns what stays unexplained. A refund in flight is left to
 * the resolver; row 8 still applies to its payment. `isNews`: notices for the shop become events; otherwise they are only
 * counted.
 */
export async function reconcilePayment(
  listed: Reading,
  { isNews }: { readonly isNews: boolean },
  world: Surroundings,
): Promise<Reconciled | NotCompared> {
  const { provider } = listed;
  const order = await readOrder({ merchantUid: provider.merchantUid }, world);
  // It may be stored under an older order number than the provider has now.
  const known =
    order.payments.find(({ impUid }) => impUid === provider.impUid) ??
    (await paymentNamed(provider.impUid, world));
  if (known === undefined && !world.settings.importUnknownPayments) return notHeld(order, provider, world);
  const isKnown = known !== undefined && (known.isPaid || !provider.isPaid);
  // A restored table may have left the payment in flight, and perhaps nobody else ever asks about it.
  const payment = isKnown
    ? (await refundInFlight(known, world)).payment
    : await importPayment(provider, world);
  if (payment === undefined) return { failed: 'the ledger cannot be written' };
  const agreed = await agree(listed, payment, world);
  if ('failed' in agreed) return agreed;
  const now = withPayment(order, agreed.payment);
  // Recent changes become events; older ones are only counted, because otherwise each night would repeat them.
  if (isNews) reportOrderNotices(now, agreed.payment, world);
  const comparison = comparePayment(agreed);
  return {
    ...comparison,
    findings: await judged([...comparison.findings, ...orderFindings(now, agreed.payment)], world),
    isBooked: agreed.payment.cancelAmount > payment.cancelAmount,
    isImported: known === undefined,
  };
}

async function notHeld(order: Order, provider: ProviderPayment, world: Surroundings): Promise<Reconciled> {
  const comparison = comparePayment({ payment: undefined, items: [], provider });
  const found = [
    finding('unknownPayment', provider),
    ...orderFindings(withPayment(order, provider), provider),
  ];
  return {
    ...comparison,
    findings: await judged([...comparison.findings, ...found], world),
    isBooked: false,
    isImported: false,
  };
}

/** With their acknowledgements. Most payments have no findings. */
async function judged(
  findings: readonly Finding[],
  { ledger }: Pick<Surroundings, 'ledger'>,
): Promise<readonly Finding[]> {
  const said = findings.length === 0 ? [] : await ledger.acknowledgements(findings.map(({ id }) => id));
  return withAcknowledged(findings, said);
}

function withPayment<P extends Payment | ProviderPayment>(
  { merchantUid, word, payments }: Order,
  payment: P,
) {
  const others = payments.filter(({ impUid }) => impUid !== payment.impUid);
  return { merchantUid, payments: [...others, payment], ...omitMissing({ word }) };
}

interface Agreed {
  readonly payment: Payment;
  readonly items: readonly LedgerItem[];
  readonly provider: ProviderPayment;
}

/** More looks do not help when ledger and provider both keep changing. */
const MORE_LOOKS = 2;

/**
 * Books what the list shows. A page may be older than the ledger, and then looks as if a cancel was undone: so the payment is
 * looked up alone before a finding is made.
 */
async function agree(
  { provider, beganAtMs }: Reading,
  payment: Payment,
  world: Surroundings,
): Promise<Agreed | NotCompared> {
  for (let looksLeft = MORE_LOOKS; ; looksLeft -= 1) {
    const sides = { payment, items: [], provider };
    const now =
      looksLeft > 0 && contradicts(sides) ? sides : await booked({ payment, provider, beganAtMs }, world);
    if (looksLeft <= 0 || !contradicts(now)) return now;
    beganAtMs = world.now();
    ({ payment } = now);
    const look = await world.gateway.payment(payment.impUid, READ_BACK_TIMEOUT_MS);
    if (look.kind === 'failed') return { failed: look.cause };
    if (look.kind === 'found') provider = look.payment;
    // Listed but not found, like payments of a test channel: the list is the only source.
    else looksLeft = 1;
  }
}

async function booked(
  reading: Reading & { readonly payment: Payment },
  world: Surroundings,
): Promise<Agreed> {
  const { payment, provider } = reading;
  const why = differentPayment(payment, provider);
  if (why !== undefined) mismatch(payment, why, world);
  const after = await book({ ...reading, untilMs: world.now() + READ_BACK_TIMEOUT_MS }, world);
  // Not booked: another worker has changed it meanwhile.
  const isLost = provider.cancelAmount > after.cancelAmount;
  const now = isLost ? ((await world.ledger.payment(payment)) ?? after) : after;
  const items = isUntouched(now, provider) ? [] : await world.ledger.allRefunds(now);
  return { payment: now, items, provider };
}
