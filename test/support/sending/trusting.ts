import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { onTestFinished } from 'vitest';
import { PUBLIC_CERTIFICATE } from './certificate.ts';

/** Trusts the self-signed certificate in this process until the test ends. */
export function trusting(): void {
  const before = getCACertificates();
  setDefaultCACertificates([...before, PUBLIC_CERTIFICATE]);
  onTestFinished(() => setDefaultCACertificates(before));
}
