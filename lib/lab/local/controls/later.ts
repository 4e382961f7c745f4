import type { Control } from './control.ts';

/** The same controls, loaded with the first that is asked for: a start does not wait for what only the pages need. */
export function later(
  routes: readonly string[],
  load: () => Promise<readonly Control[]>,
): readonly Control[] {
  let loaded: Promise<readonly Control[]> | undefined;
  return routes.map((route) => ({
    route,
    run: async (request) => {
      loaded ??= load();
      const control = (await loaded).find((each) => each.route === route);
      if (control === undefined) throw new Error(`Bug: nothing of what was loaded is ${route}`);
      return control.run(request);
    },
  }));
}
