/** What a client is, and what it has to know of a registry. */
import { stringify } from 'smol-toml';

/** What clients have to know. */
export interface Registry {
  /** With the port, where it is not the usual one. */
  host: string;
  trust: 'public' | 'own-ca' | 'plain-http';
  /** Path of the authority's certificate on this machine. */
  ca: string | undefined;
  /** Reached through `kubectl port-forward` only. */
  isForwarded: boolean;
  /** Whether a pull needs a user and a password. */
  needsLogin: boolean;
}

/** One thing to be done: a file with a text, or a command. */
export interface Setting {
  what: string;
  file?: string;
  text?: string;
  command?: string;
}

export interface Client {
  name: string;
  title: string;
  /** Where its own documentation describes the setting. */
  source: string;
  /** Settings by which it uses plain HTTP with the host, or accepts its certificate; not asked for where that is public. */
  trust?(registry: Registry): Setting[];
  /** Settings by which it logs in. */
  login?(registry: Registry): Setting[];
  /** Whether it reaches a port that `kubectl port-forward` opens on this machine, and needs a setting for plain HTTP there. */
  forwarded?: boolean;
}

/** @returns what a client needs for a registry; none where it can use it as it is, or cannot reach it */
export function settingsFor(client: Client, registry: Registry): Setting[] {
  if (registry.isForwarded && client.forwarded !== true) return [];
  return [
    ...(registry.trust === 'public' ? [] : (client.trust?.(registry) ?? [])),
    ...(registry.needsLogin ? (client.login?.(registry) ?? []) : []),
  ];
}

export function urlOf({ trust, host }: Registry): string {
  return `${trust === 'plain-http' ? 'http' : 'https'}://${host}`;
}

export function json(value: object): string {
  return JSON.stringify(value, null, 2);
}

export function toml(value: object): string {
  return stringify(value);
}
