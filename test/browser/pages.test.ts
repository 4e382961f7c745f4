import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { noChromium, shop } from './visit.ts';
import './shop.ts';
import './desk.ts';
import './refunds.ts';
import './people.ts';
import './client.ts';
import './sign-in.ts';

// One test file, so that one browser and one local run serve all of them.
if (!noChromium) {
  beforeAll(async () => shop.open());
  afterEach(async () => shop.leave());
  afterAll(async () => shop.end());
}

describe.skipIf(noChromium)('all pages', () => {
  it('no page violates its content security policy, throws an error or asks another host', () => {
    expect(shop.problems).toEqual([]);
  });
});
