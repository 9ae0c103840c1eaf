/** What clients need, as `clients` prints it for the host of the examples. */
import type { Client, Registry, Setting } from '../../generator/cli/clients/client.js';
import { CLIENTS } from '../../generator/cli/clients/table.js';

const HOST = 'registry.example.com';
const WITH_PLAIN_HTTP: Registry = {
  host: HOST,
  trust: 'plain-http',
  ca: undefined,
  isForwarded: false,
  needsLogin: true,
};
const WITH_AUTHORITY: Registry = { ...WITH_PLAIN_HTTP, trust: 'own-ca', ca: 'ca.crt' };

/** File name -> language of a fenced block. */
const LANGUAGES: [file: RegExp, language: string][] = [
  [/\.json$/, 'json'],
  [/\.(toml|conf)$/, 'toml'],
  [/\.yaml$/, 'yaml'],
];

/** @returns a section for each client, for an own authority and for plain HTTP, or for its login. */
export function clientSections(): string {
  return CLIENTS.map(section).join('');
}

function section({ title, source, trust, login }: Client): string {
  const part = (when: string, registry: Registry): string[] =>
    trust ? ['', `**${when}:**`, ...trust(registry).flatMap(shown)] : [];
  return [
    '',
    `## ${title}`,
    ...part('A certificate of your own authority', WITH_AUTHORITY),
    ...part('Plain HTTP', WITH_PLAIN_HTTP),
    ...(login?.(WITH_PLAIN_HTTP).flatMap(shown) ?? []),
    '',
    `See [its documentation](${source}).`,
    '',
  ].join('\n');
}

function shown({ what, file, text, command }: Setting): string[] {
  const language = file === undefined ? 'console' : LANGUAGES.find(([pattern]) => pattern.test(file))?.[1];
  if (language === undefined) throw new Error(`${file}: of which language is that?`);
  const title = file === undefined ? `${what}:` : `${what}: \`${file}\``;
  return ['', title, '', `\`\`\`${language}`, (text ?? command)!.trimEnd(), '```'];
}
