import { html, nothing, type TemplateResult } from 'lit-html';
import type { Answer, Failure } from './api.ts';
import { button, type Desk, type View } from './parts.ts';
import { failureNotice } from './problems.ts';
import { say } from './words.ts';

/** A page that shows one answer of the service: its content, that it is loading, or why it cannot be read. */
export abstract class Page<Body> implements View {
  protected readonly desk: Desk;
  protected body: Body | undefined;
  protected failure: Failure | undefined;
  /** Aborted when another page is shown. */
  protected readonly left = new AbortController();
  #reads = 0;

  /** @param lookAgainMs how often an open page is read again while the tab is visible and `isOpen` */
  constructor(desk: Desk, lookAgainMs?: number) {
    this.desk = desk;
    if (lookAgainMs === undefined) return;
    const look = (): void => void (!document.hidden && this.isOpen() && this.read());
    const timer = setInterval(look, lookAgainMs);
    this.left.signal.addEventListener('abort', () => clearInterval(timer));
  }

  abstract title(): string;
  protected abstract ask(): Promise<Answer<Body>>;
  protected abstract content(body: Body): TemplateResult;

  /** What stands above the content and does not wait for it. */
  protected head(): TemplateResult | typeof nothing {
    return nothing;
  }

  protected isOpen(): boolean {
    return true;
  }

  async read(): Promise<void> {
    this.#reads += 1;
    const mine = this.#reads;
    const answer = await this.ask();
    // Ignore an answer if a later read has started.
    if (mine !== this.#reads || this.left.signal.aborted) return;
    this.failure = 'failure' in answer ? answer.failure : undefined;
    if ('body' in answer) this.body = answer.body;
    this.desk.draw();
  }

  view(): TemplateResult {
    const retry = button(say('retry'), async () => this.read());
    const missing = this.failure === undefined ? html`<p aria-busy="true">${say('loading')}</p>` : nothing;
    return html`${this.head()} ${failureNotice(this.failure, retry)}
    ${this.body === undefined ? missing : this.content(this.body)}`;
  }

  leave(): void {
    this.left.abort();
  }
}
