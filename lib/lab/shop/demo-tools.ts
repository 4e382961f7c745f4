import { html, nothing, render } from 'lit-html';
import { startNextBatch } from './demo-orders.ts';
import { local } from './session.ts';
import { nameOf, say } from './words.ts';

/** Only faults that need no explanation; lib/lab/README.md has all. */
const FAULTS = ['answer_lost', 'request_lost', 'refused', 'http_502', 'asynchronous'] as const;
const LOOK_AGAIN_MS = 3_000;

/** Scripts faults of i'mport. The simulator keeps them, so a reload shows them again. */
export async function showDemoTools(root: HTMLElement): Promise<void> {
  let said = '';
  const look = async (): Promise<void> => {
    const scripted = await local('GET', 'faults');
    const faults = (scripted?.['faults'] ?? []) as readonly { readonly fault: string }[];
    const names = faults.map(({ fault }) => nameOf('fault', fault)).join(', ');
    const waiting = names === '' ? say('nothingWaits') : say('waiting', { names });
    const press = async (work: () => Promise<unknown>): Promise<void> => {
      said = (await work()) === undefined ? say('toolFailed') : '';
      await look();
    };
    const button = (text: string, work: () => Promise<unknown>) =>
      html`<button type="button" class="quiet" @click=${() => void press(work)}>${text}</button>`;
    render(
      html`<p>${say('toolsHint')}</p>
        <div class="buttons">
          ${FAULTS.map((fault) =>
            button(nameOf('fault', fault), async () => local('POST', 'faults', { on: 'cancel', fault })),
          )}
        </div>
        <p role="status">${said === '' ? waiting : said}</p>
        <div class="buttons">
          ${names === '' ? nothing : button(say('clearFaults'), async () => local('DELETE', 'faults'))}
          ${button(say('resolveNow'), async () => local('POST', 'resolve'))}
          ${button(say('placeOrders'), async () => {
            startNextBatch();
            location.assign('/');
            return {};
          })}
        </div>`,
      root,
    );
  };
  await look();
  setInterval(() => {
    if (!document.hidden) void look();
  }, LOOK_AGAIN_MS);
}
