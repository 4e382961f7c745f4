import { html, nothing, render, type TemplateResult } from 'lit-html';
import type { RefundClient } from '../client/refund-client.ts';
import type { Api, ListedRefund, Payment } from './api.ts';
import type { Session } from './session.ts';
import { dateText, foreign, money } from './text.ts';
import { nameOf, say } from './words.ts';

type Part = TemplateResult | typeof nothing;

/** The tools that each page of the desk gets. */
export interface Desk {
  readonly api: Api;
  readonly client: RefundClient;
  readonly session: Session;
  readonly draw: () => void;
}

export interface View {
  readonly title: () => string;
  readonly view: () => TemplateResult;
  /** Called when another page is shown. */
  readonly leave: () => void;
}

// --- Addresses: the part after # names the page, so that "back", a bookmark and a reload work. ---

export type Query = Readonly<Record<string, string>>;

export function address(path: readonly string[], query: Query = {}): string {
  const asked = new URLSearchParams(query).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${asked === '' ? '' : `?${asked}`}`;
}

export function readAddress(hash: string): {
  readonly path: readonly string[];
  readonly query: URLSearchParams;
} {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?');
  return { path: path.split('/').map(decoded), query: new URLSearchParams(query) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function orderAddress(order: string, impUid: string, refundId?: string): string {
  return address(['orders', order], {
    imp_uid: impUid,
    ...(refundId === undefined ? {} : { refund: refundId }),
  });
}

// --- Pieces of pages ---

export function fact(name: string, value: TemplateResult | string | typeof nothing): Part {
  return value === nothing
    ? nothing
    : html`<div>
        <dt>${name}</dt>
        <dd>${value}</dd>
      </div>`;
}

export function button(
  text: string,
  press: () => unknown,
  look: 'quiet' | 'strong' = 'quiet',
  isOff = false,
): TemplateResult {
  return html`<button type="button" class=${look} ?disabled=${isOff} @click=${() => void press()}>
    ${text}
  </button>`;
}

export function mark(state: string, text: string): TemplateResult {
  return html`<mark data-state=${state}>${text}</mark>`;
}

export function methodOf({ pay_method: method, pg_provider: pg }: Payment): string {
  return [nameOf('method', method), nameOf('pg', pg)].filter((each) => each !== '').join(' · ');
}

/** Asks for confirmation before an irreversible action. "Back" has the focus, and Escape also goes back. */
export async function isConfirmed(question: {
  readonly title: string;
  readonly about: TemplateResult;
  readonly yes: string;
  readonly no: string;
}): Promise<boolean> {
  const dialog = document.createElement('dialog');
  dialog.setAttribute('aria-labelledby', 'question');
  const close = (answer: string) => () => dialog.close(answer);
  render(
    html`<article>
      <h2 id="question">${question.title}</h2>
      ${question.about}
      <footer>
        <button type="button" class="quiet" autofocus @click=${close('no')}>${question.no}</button>
        <button type="button" @click=${close('yes')}>${question.yes}</button>
      </footer>
    </article>`,
    dialog,
  );
  document.body.append(dialog);
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
  dialog.remove();
  return dialog.returnValue === 'yes';
}

// --- Refunds in a table ---

export function stateMarks(row: ListedRefund): TemplateResult {
  const { status, drift, made_by: by, undone, corrected } = row;
  const state = drift === true ? 'drift' : undone === true ? 'undone' : status;
  return html`${mark(state, nameOf('status', state))}
  ${by === undefined ? nothing : mark('elsewhere', say('status_elsewhere'))}
  ${corrected === true ? mark('corrected', say('status_corrected')) : nothing}`;
}

/** On a phone each row is a card, and each cell shows its column name. */
export function refundTable(rows: readonly ListedRefund[]): TemplateResult {
  const heads = [
    say('when'),
    say('order'),
    say('amount'),
    say('status'),
    say('reason'),
    say('reference'),
    say('who'),
  ];
  return html`<table class="rows">
    <thead>
      <tr>
        ${heads.map((head) => html`<th scope="col">${head}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map((row) => refundRow(row, heads))}
    </tbody>
  </table>`;
}

function refundRow(row: ListedRefund, heads: readonly string[]): TemplateResult {
  const { merchant_uid: order, imp_uid: impUid, refund_id: id, currency, executed_amount: executed } = row;
  const who = row.made_by ?? row.actor;
  const cells = [
    html`<time>${dateText(row.listed_at)}</time>`,
    html`<a href=${orderAddress(order, impUid, id)}>${foreign(order)}</a>`,
    executed === undefined || executed === row.amount
      ? money(row.amount, currency)
      : html`${money(executed, currency)} <del>${money(row.amount, currency)}</del>`,
    stateMarks(row),
    foreign(row.reason),
    foreign(row.reference),
    nameOf('actor', who),
  ];
  return html`<tr>
    ${cells.map((cell, at) => html`<td data-head=${heads[at] ?? ''}>${cell}</td>`)}
  </tr>`;
}
