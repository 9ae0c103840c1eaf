/** Values of others in Markdown: shown as they are, and never read as markup, a mention or a link. */
import { printable } from '../../model/index.js';

/** @returns a text for a line or a cell of a table. */
export function plain(text: string): string {
  return html(text)
    .replace(/[\\`*[\]|~$]|(?<!\w)_|_(?!\w)/g, '\\$&')
    .replace(/:(?=\/\/)/g, '&#58;')
    .replace(/\bwww\./gi, (start) => `${start.slice(0, -1)}&#46;`);
}

/** @returns a text for what stands in HTML. */
export function html(text: string): string {
  // The joiner is not seen, and nobody is called.
  return printable(text)
    .replace(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/@(?=\w)/g, '@&#8288;');
}

/** @returns a text as code. In a table neither a pipe nor a backtick can stand in a span: there it is HTML. */
export function code(text: string): string {
  const shown = printable(text).replace(/\n/g, '\\n');
  if (shown.trim() === '') return `\`"${shown}"\``;
  if (!/[`|]/.test(shown)) return `\`${shown}\``;
  return `<code>${shown.replace(/[^\w .,/=+-]/g, (character) => `&#${character.codePointAt(0)};`)}</code>`;
}
