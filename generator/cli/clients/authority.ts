/** The certificate of a certificate authority of the user's own, as `--ca` names it. */
import { X509Certificate } from 'node:crypto';
import { NotReadable, readRegularFile } from '../../tree/index.js';
import { CliError, EXIT } from '../shared/exit.js';

/** Bytes. The certificates of all authorities that browsers know have a quarter of this. */
const MAX_BYTES = 2 ** 20;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * @param file as it was typed
 * @returns the path, in a form that no program takes for an option or for a path in a container
 * @throws CliError where clients could not use the file, or should not get it
 */
export function authorityFile(file: string): string {
  const text = readText(file);
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    throw new CliError(
      `--ca ${file}: the file has a private key, and every client would get it; name a file with the certificate alone`,
    );
  const certificates = text.match(CERTIFICATE) ?? [];
  if (certificates.length === 0)
    throw new CliError(
      `--ca ${file}: this is no certificate in PEM, which begins with "-----BEGIN CERTIFICATE-----"; convert one in DER with \`openssl x509 -inform der -in FILE -out ca.crt\``,
    );
  for (const certificate of certificates) parse(certificate, file);
  return /^(\/|\.\.?\/)/.test(file) || !/^-|:/.test(file) ? file : `./${file}`;
}

function readText(file: string): string {
  try {
    return readRegularFile(file, { follow: true, maxBytes: MAX_BYTES }).toString('latin1');
  } catch (error) {
    if (error instanceof NotReadable) throw new CliError(`--ca ${file}: ${error.message}`, EXIT.usage);
    throw error;
  }
}

function parse(certificate: string, file: string): void {
  try {
    void new X509Certificate(certificate);
  } catch {
    throw new CliError(
      `--ca ${file}: a certificate in it cannot be parsed; see \`openssl x509 -in FILE -noout -text\``,
    );
  }
}
