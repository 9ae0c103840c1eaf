import { isIPv4, isIPv6 } from 'node:net';

/** Where an object storage is reached. */
export interface Endpoint {
  /** Without the brackets of an IPv6 address. */
  host: string;
  port: number;
  isAddress: boolean;
  /** Of a host that is a Service's name: its namespace, empty where the name has none. Undefined for what may be anywhere. */
  service?: { namespace: string };
}

const LABEL = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
const SERVICE = new RegExp(`^${LABEL}(?:\\.(?<namespace>${LABEL})\\.svc(?:\\.${LABEL})*)?$`);
const HOST = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);

/** @returns an endpoint such as https://s3.example.com:9000, or undefined where the text is none. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const [, scheme, bracketed, plain, digits] =
    /^(https?):\/\/(?:\[([\da-f:.]+)\]|([^[\]:/@?#\s]+))(?::(\d{1,5}))?\/?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? (scheme === 'http' ? 80 : 443) : Number(digits);
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  if (bracketed !== undefined ? isIPv6(host) : isIPv4(host)) return { host, port, isAddress: true };
  // What looks like an address is no name.
  if (bracketed !== undefined || host.length > 253 || !HOST.test(host) || /^[\d.]+$/.test(host)) return undefined;
  const service = SERVICE.exec(host);
  return {
    host,
    port,
    isAddress: false,
    ...(service ? { service: { namespace: service.groups?.['namespace'] ?? '' } } : {}),
  };
}
