import { button, element, facts, type Child } from './elements.ts';
import { say, type Word } from './language.ts';

export interface Question {
  readonly title: string;
  readonly rows: readonly (readonly [Word, Child | undefined])[];
  readonly note: string;
  /** What the button that goes on says: the deed and the amount, not "OK". */
  readonly press: string;
}

/** Asks before money moves. The way back has the focus, and Escape is the way back too. */
export async function confirmed({ title, rows, note, press }: Question): Promise<boolean> {
  const answered = Promise.withResolvers<boolean>();
  const back = button('plain', say('goBack'), () => dialog.close());
  const go = button('primary', press, () => dialog.close('yes'));
  back.autofocus = true;
  const dialog = element(
    'dialog',
    { 'aria-labelledby': 'confirm-title' },
    element('h2', { id: 'confirm-title' }, title),
    facts(rows),
    element('p', { class: 'note' }, note),
    element('div', { class: 'actions' }, back, go),
  );
  dialog.addEventListener('close', () => {
    answered.resolve(dialog.returnValue === 'yes');
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  return answered.promise;
}
