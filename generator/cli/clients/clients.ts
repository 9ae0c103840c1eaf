/** `clients`: what each client has to know of this very registry. */
import { readConfig, type Settings, suggest } from '../../config/index.js';
import { colours } from '../shared/colours.js';
import { CliError, EXIT } from '../shared/exit.js';
import { type Location, noSuchOverlay, readBeside, readInput } from '../shared/input.js';
import { theOne } from '../shared/registries.js';
import { authorityFile } from './authority.js';
import { type Client, type Registry, settingsFor } from './client.js';
import { CLIENTS } from './table.js';

export interface ClientsOptions extends Pick<Location, 'config'> {
  overlay?: string;
  /** Path of the certificate of an own certificate authority, on this machine. */
  ca?: string;
  json?: boolean;
}

/** @param names of clients; none: all of them @returns the exit code */
export async function clients(names: readonly string[], options: ClientsOptions): Promise<number> {
  const wanted = names.length > 0 ? names.map(clientNamed) : CLIENTS;
  const registry = await registryOf(options);
  const answers = wanted.map((client) => {
    const { name, title, source } = client;
    return { name, title, source, settings: settingsFor(client, registry) };
  });
  if (options.json) {
    console.log(JSON.stringify({ ...registry, clients: answers }, null, 2));
    return EXIT.ok;
  }
  console.log(introduction(registry));
  for (const { title, source, settings } of answers.filter((answer) => answer.settings.length > 0)) {
    console.log(`\n${colours.bold(title)} (${source})`);
    for (const { what, file, text, command } of settings) {
      console.log(`  ${what}${file === undefined ? '' : `: ${file}`}`);
      for (const line of (text ?? command ?? '').trimEnd().split('\n')) console.log(`      ${line}`.trimEnd());
    }
  }
  return EXIT.ok;
}

function clientNamed(name: string): Client {
  const found = CLIENTS.find((client) => client.name === name);
  if (found) return found;
  const known = CLIENTS.map((client) => client.name);
  throw new CliError(`there is no client "${name}"; ${suggest(name, known)}`);
}

async function registryOf(options: ClientsOptions): Promise<Registry> {
  const ca = options.ca === undefined ? undefined : authorityFile(options.ca);
  const { file } = await theOne(options, 'clients');
  const config = readConfig(readInput(file), file, readBeside(file));
  const named = config.overlays.find(({ name }) => name === options.overlay);
  const overlays = config.overlays.map(({ name }) => name);
  if (options.overlay !== undefined && options.overlay !== 'base' && !named)
    throw noSuchOverlay(options.overlay, overlays, file);
  const reachable = config.overlays.filter(({ settings }) => settings.ingress.type !== 'none');
  if (options.overlay === undefined && reachable.length > 1)
    throw new CliError(
      `several overlays have an Ingress; name one: ${reachable.map(({ name }) => `--overlay ${name}`).join(', or ')}`,
    );
  const settings = (options.overlay === 'base' ? undefined : (named ?? reachable[0])?.settings) ?? config.base;
  return describe(settings, ca);
}

function describe({ host, ingress, tls, auth }: Settings, ca: string | undefined): Registry {
  const needsLogin = auth.type !== 'none';
  // A host without an Ingress has a gateway that is not in the tree, or is for other overlays.
  if (ingress.type === 'none' && (host === '' || ca === undefined))
    return { host: 'localhost:5000', trust: 'plain-http', ca: undefined, isForwarded: true, needsLogin };
  if (tls.type === 'none' && ca === undefined)
    return { host, trust: 'plain-http', ca: undefined, isForwarded: false, needsLogin };
  return { host, trust: ca === undefined ? 'public' : 'own-ca', ca, isForwarded: false, needsLogin };
}

function introduction({ host, trust, isForwarded }: Registry): string {
  if (isForwarded)
    return `The registry has no Ingress. Through kubectl port-forward it is ${host}, with plain HTTP. Docker uses that there without a setting. Nodes do not reach it: docs/start/laptop.md shows how they pull.`;
  switch (trust) {
    case 'public':
      return `https://${host} needs no setting, where its certificate is of an authority that clients know. Where it is of your own, name the authority's certificate: --ca FILE.`;
    case 'own-ca':
      return `https://${host} has a certificate of your own authority. Each client has to know that one.`;
    case 'plain-http':
      return `http://${host} is plain HTTP: passwords and images can be read on the way. Each client refuses that unless it is set up for this very host.`;
  }
}
