import type { TokenIssuer } from '../token-issuer.ts';
import { type Control, ControlError, refuseUnknown, required } from './control.ts';

/** Signs anybody in as anybody: the reason why the local run listens on the loopback address only. */
export function tokenControls(issuer: TokenIssuer): readonly Control[] {
  return [
    {
      route: 'POST /_local/token',
      run: async ({ fields }) => {
        const given = fields();
        refuseUnknown(given, ['sub', 'groups', 'scope']);
        const groups = given.list('groups').map((group, index) => {
          if (typeof group === 'string' && group !== '') return group;
          throw new ControlError(400, `body.groups[${index}] must be a text that is not empty`);
        });
        const scope = given.textOr('scope', undefined);
        return { status: 200, body: await issuer.issue({ sub: required(given, 'sub'), groups, scope }) };
      },
    },
    { route: 'GET /_local/jwks.json', run: () => ({ status: 200, body: issuer.jwks }) },
  ];
}
