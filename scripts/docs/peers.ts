/** What other tools say of the overlays, and the answer to each. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const TOOLS = {
  'kube-score': 'kube-score',
  'kube-linter': 'kube-linter',
  polaris: 'Polaris',
  checkov: 'Checkov',
  trivy: 'Trivy',
};
type Tool = keyof typeof TOOLS;

/** One answer: what tools say, under which names, and why it stays. */
export type Answer = { what: string; why: string } & { [tool in Tool]?: string[] };

export function readAnswers(): Answer[] {
  return parse(readFileSync(join(import.meta.dirname, 'peers.yaml'), 'utf8')) as Answer[];
}

/** @returns the answers as a table. */
export function peerTable(): string {
  const rows = readAnswers().map(({ what, why, ...ids }) => {
    const named = (Object.keys(TOOLS) as Tool[]).flatMap((tool) =>
      ids[tool] ? [`${TOOLS[tool]}: ${ids[tool].map((id) => `\`${id}\``).join(', ')}`] : [],
    );
    return `| ${what} | ${named.join('; ')} | ${why.trim()} |`;
  });
  return ['| they say | under the name | why it stays |', '|---|---|---|', ...rows, ''].join('\n');
}
