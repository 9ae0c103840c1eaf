/** The pages that people read, taken apart: what they link to, quote and show. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import GithubSlugger from 'github-slugger';
import { lexer, type Token, type Tokens, walkTokens } from 'marked';

/** What stands at a place of a page. */
export interface Quoted {
  page: string;
  /** Line that its paragraph, list or table begins in, from 1. */
  line: number;
  text: string;
  /** Whether it is in a section that `npm run docs` writes. */
  derived: boolean;
}

/** A fenced block. */
export interface Snippet extends Quoted {
  language: string;
  /** Why it is not checked, where a comment in front says so: `<!-- unchecked: the reason -->`. */
  unchecked?: string;
}

export interface Page {
  path: string;
  text: string;
  snippets: Snippet[];
  /** Targets of links and images. */
  links: Quoted[];
  /** What stands in backticks in a sentence or a table. */
  codes: Quoted[];
  /** What a link may name behind #. */
  anchors: Set<string>;
  /** The first paragraph. */
  opening: string;
}

/** The marks around what `npm run docs` writes. */
const DERIVED = /<!-- (\w+: derived|\/\w+ -->)/;
const UNCHECKED = /<!-- unchecked: ([^]+?) -->/;

/** @returns all pages of the repository, and those that `init` writes. */
export function readPages(): Page[] {
  const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
  const others = readdirSync('.').filter((name) => name.endsWith('.md') && name !== 'CHANGELOG.md');
  return [...others, ...docs.map((name) => join('docs', name)), 'generator/init/README.md'].sort().map(readPage);
}

export function readPage(path: string): Page {
  const text = readFileSync(path, 'utf8');
  const page: Page = { path, text, snippets: [], links: [], codes: [], anchors: new Set(), opening: '' };
  const slugger = new GithubSlugger();
  let line = 1;
  let derived = false;
  let before: Token | undefined;
  for (const token of lexer(text)) {
    if (token.type === 'html' && DERIVED.test(token.raw)) derived = !token.raw.includes('<!-- /');
    const at = { page: path, line, derived };
    void walkTokens([token], (inner) => collect(page, at, inner, before, slugger));
    if (token.type === 'paragraph') page.opening ||= (token as Tokens.Paragraph).text;
    if (token.type !== 'space') before = token;
    line += token.raw.split('\n').length - 1;
  }
  return page;
}

function collect(
  page: Page,
  at: Omit<Quoted, 'text'>,
  token: Token,
  before: Token | undefined,
  slugger: GithubSlugger,
): void {
  if (token.type === 'heading') page.anchors.add(slugger.slug(plain((token as Tokens.Heading).text)));
  if (token.type === 'link' || token.type === 'image') page.links.push({ ...at, text: (token as Tokens.Link).href });
  // A `<picture>` or `<img>`, for what Markdown has no words for.
  if (token.type === 'html')
    for (const [, target] of token.raw.matchAll(/\b(?:src|srcset|href)="([^"]+)"/g))
      page.links.push({ ...at, text: target! });
  if (token.type === 'codespan') page.codes.push({ ...at, text: (token as Tokens.Codespan).text });
  if (token.type !== 'code') return;
  const { lang = '', text } = token as Tokens.Code;
  const reason = before?.type === 'html' ? UNCHECKED.exec(before.raw)?.[1] : undefined;
  page.snippets.push({ ...at, language: lang, text, ...(reason ? { unchecked: reason } : {}) });
}

/** @returns a heading's text without links and backticks. */
function plain(markdown: string): string {
  return markdown.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '');
}

/** @returns "docs/start/gke.md:12", for messages. */
export function placeOf({ page, line }: Pick<Quoted, 'page' | 'line'>): string {
  return `${page}:${line}`;
}
