/** The local run cannot start or go on, for a reason the person at the terminal can mend: its message is all they need. */
export class LocalRunError extends Error {
  override readonly name = 'LocalRunError';
}

/** The template asks for something that the local run does not play; playing the rest would prove nothing (promise 7). */
export class UnplayableTemplateError extends LocalRunError {}
