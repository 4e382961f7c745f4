import { describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../../functions/runtime/environment.ts';
import { allPapers, filesIn, readPaper as read } from '../support/papers.ts';

describe('every variable of the functions', () => {
  it.each(Object.keys(ENVIRONMENT))(
    'is given by the stack and read by a function, so that no setting is without effect: %s',
    (name) => {
      const use = `ENVIRONMENT.${name}`;
      expect(read('lib/stack/functions.ts')).toContain(use);
      expect(read('functions/runtime/config.ts') + read('functions/runtime/observability.ts')).toContain(use);
    },
  );
});

/** Nobody sets them by hand: Lambda, npm and the CDK's command give them. */
const GIVEN =
  /^(AWS_LAMBDA_\w+|_X_AMZN_TRACE_ID|AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|npm_\w+|CDK_\w+)$/;

/** `env['NAME']`, `text(environment, 'NAME')`, `const { NAME } = process.env`. The stack's own go by `ENVIRONMENT.…`. */
function variablesIn(text: string): readonly string[] {
  const byName = [...text.matchAll(/\benv(?:ironment)?(?:\[|, )'(\w+)'/g)];
  const apart = [...text.matchAll(/\{([^{}]*)\} = process\.env\b/g)];
  const parts = apart.flatMap(([, names = '']) => [...names.matchAll(/(?:^|,)\s*(\w+)/g)]);
  return [...byName, ...parts].map(([, name = '']) => name);
}

describe('every variable that is read', () => {
  const found = filesIn(['bin', 'lib', 'functions'], '.ts').flatMap((file) => variablesIn(read(file)));
  const names = [...new Set(found)].filter((name) => !GIVEN.test(name)).toSorted();

  it('is found in the code', () => {
    expect(names).toEqual(expect.arrayContaining(['PORT', 'LOCAL_ASSEMBLY', 'REFUNDS_TOKEN', 'AWS_REGION']));
  });

  it('is named in a paper', () => {
    const papers = allPapers().map(read);
    const isNamed = (name: string) => papers.some((text) => text.includes(`\`${name}\``));
    expect(names.filter((name) => !isNamed(name))).toEqual([]);
  });
});
