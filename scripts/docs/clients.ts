/** What clients need, as `clients` prints it for the host of the examples. */
import { CLIENTS, type Client, type Registry, type Setting } from '../../generator/cli/clients/table.js';

const HOST = 'registry.example.com';
const WITH_AUTHORITY: Registry = { host: HOST, trust: 'own-ca', ca: 'ca.crt', isForwarded: false };
const WITH_PLAIN_HTTP: Registry = { host: HOST, trust: 'plain-http', ca: undefined, isForwarded: false };

/** File name -> language of a fenced block. */
const LANGUAGES: [file: RegExp, language: string][] = [
  [/\.json$/, 'json'],
  [/\.(toml|conf)$/, 'toml'],
  [/\.yaml$/, 'yaml'],
];

/** @returns a section for each client, for an own authority and for plain HTTP. */
export function clientSections(): string {
  return CLIENTS.map(section).join('');
}

function section({ title, source, settings }: Client): string {
  const part = (when: string, registry: Registry): string[] => [
    '',
    `**${when}:**`,
    ...settings(registry).flatMap(shown),
  ];
  return [
    '',
    `## ${title}`,
    ...part('A certificate of your own authority', WITH_AUTHORITY),
    ...part('Plain HTTP', WITH_PLAIN_HTTP),
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
