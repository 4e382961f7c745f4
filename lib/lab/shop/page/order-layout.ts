import { element } from './elements.ts';
import { say } from './language.ts';
import type { StaffPanels } from './staff-panels.ts';

export interface OrderParts {
  readonly head: HTMLElement;
  readonly banner: HTMLElement;
  readonly several: HTMLElement;
  readonly refunds: HTMLElement;
  readonly formCard: HTMLElement;
  readonly form: HTMLElement;
  readonly staff: StaffPanels | undefined;
}

/** On a desk the form stands beside what has happened; on a phone it comes first. */
export function orderLayout(parts: OrderParts): readonly HTMLElement[] {
  const { head, banner, several, refunds, formCard, form, staff } = parts;
  formCard.replaceChildren(element('h2', { id: 'refund-title' }, say('refundTitle')), form);
  const before = [several, ...(staff?.first ?? [])];
  const main = element('div', { class: 'main' }, ...before, refunds, ...(staff?.last ?? []));
  const side = element('div', { class: 'side' }, formCard);
  return [head, banner, element('div', { class: 'columns' }, main, side)];
}
