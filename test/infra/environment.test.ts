import { describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../../functions/runtime/environment.ts';
import { readPaper as read } from '../support/papers.ts';

describe('every variable of the functions', () => {
  it.each(Object.keys(ENVIRONMENT))(
    'is given by the stack and read by a function, so that no setting is without effect: %s',
    (name) => {
      const use = `ENVIRONMENT.${name}`;
      expect(read('lib/service-functions.ts')).toContain(use);
      expect(read('functions/runtime/config.ts') + read('functions/runtime/observability.ts')).toContain(use);
    },
  );
});
