import * as v from 'valibot';
import { exponentOf } from '../../functions/refund/currencies.ts';
import { clock, inMajor } from './words.ts';

const Amounts = v.record(v.string(), v.number());

/** What a comparison has found, as the function answers and as the table keeps it. Amounts in minor units. */
const Report = v.object({
  compared: v.number(),
  booked: v.number(),
  imported: v.number(),
  unknown: v.number(),
  explained: Amounts,
  unexplained: Amounts,
  unexplainedPayments: v.number(),
  ordersPaidTwice: v.number(),
  amountsThatDiffer: v.number(),
  unreadable: v.number(),
  cases: v.pipe(
    v.array(v.object({ kind: v.string(), merchantUid: v.string(), impUid: v.string(), note: v.string() })),
    v.readonly(),
  ),
});

export type Report = v.InferOutput<typeof Report>;

/** What a run answers. */
export const Run = v.object({
  finished: v.boolean(),
  behindMs: v.number(),
  failed: v.optional(v.string()),
  report: Report,
});

interface About {
  readonly window?: string;
  readonly finishedAtMs?: number;
  /** Only the cases of this payment. */
  readonly impUid?: string | undefined;
}

export function reportLines(report: Report, { window, finishedAtMs, impUid }: About): readonly string[] {
  const { compared, booked, imported, unknown, unreadable, ordersPaidTwice, amountsThatDiffer } = report;
  const what = window === undefined ? '' : `${window}, until ${clock(finishedAtMs ?? 0)}: `;
  const counts = [
    `${counted(compared, 'payment')} compared`,
    `${booked} booked`,
    ...some(imported, 'imported'),
    ...some(unknown, 'not in the table'),
    ...some(unreadable, 'unreadable'),
    ...(ordersPaidTwice === 0 ? [] : [`${counted(ordersPaidTwice, 'order')} paid twice`]),
    ...some(amountsThatDiffer, 'of another amount than the order'),
  ];
  const cases = report.cases.filter((each) => impUid === undefined || each.impUid === impUid);
  return [
    `${what}${counts.join(', ')}.`,
    `Cancelled and explained: ${amounts(report.explained)}. Unexplained: ${amounts(report.unexplained)}.`,
    ...cases.map(({ kind, merchantUid, impUid: id, note }) => `  ${kind}  ${merchantUid}  ${id}  ${note}`),
  ];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function some(count: number, what: string): readonly string[] {
  return count === 0 ? [] : [`${count} ${what}`];
}

function amounts(byCurrency: Readonly<Record<string, number>>): string {
  const told = Object.entries(byCurrency).map(([currency, minor]) =>
    inMajor(minor / 10 ** (exponentOf(currency) ?? 0), currency),
  );
  return told.length === 0 ? 'nothing' : told.join(', ');
}
