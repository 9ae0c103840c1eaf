/** What is wrong with a text as YAML that kubectl and kustomize read, before anything is made of it. */
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, visit } from 'yaml';

export interface TextProblem {
  message: string;
  /** Characters from the beginning of the text. */
  offset: number;
}

/** Characters. A List of a whole cluster's objects can be large, but not this large. */
const MOST = 64 * 1024 * 1024;
/** What YAML lets stand in a text. @see https://yaml.org/spec/1.1/#id868524 */
const UNPRINTABLE = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const TEMPLATE = 'this is a template; check what `helm template` makes of it';

/** @returns why a text is not worth parsing. */
export function textProblem(text: string): TextProblem | undefined {
  if (text.length > MOST)
    return { message: `the file has more than ${MOST} characters; is it the right file?`, offset: 0 };
  if (text.includes('\0')) return { message: 'the file is not text in UTF-8', offset: 0 };
  const conflict = text.search(/^<{7} /m);
  if (conflict >= 0) return { message: 'there is a merge conflict in the file; resolve it', offset: conflict };
  const control = UNPRINTABLE.exec(text);
  return control
    ? {
        message: `YAML allows no control character such as U+${control[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`,
        offset: control.index,
      }
    : undefined;
}

/** @param text that the document is in */
export function documentProblems(document: Document.Parsed, text: string): TextProblem[] {
  const template = templateAt(document, text);
  if (document.errors.length > 0 && template !== undefined) return [{ message: TEMPLATE, offset: template }];
  const problems = document.errors.map(({ code, message, pos }): TextProblem => ({
    message: wordsOf(code, message),
    offset: pos[0],
  }));
  const { explicit, version } = document.directives.yaml;
  if (explicit && version !== '1.1')
    problems.push({ message: `kubectl reads YAML 1.1, not ${version}; remove the directive`, offset: 0 });
  const unsound = problems.length > 0 ? undefined : unsoundNode(document);
  if (unsound)
    problems.push(template !== undefined && unsound.isKey ? { message: TEMPLATE, offset: template } : unsound);
  return problems;
}

function wordsOf(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'the key is there twice; kustomize refuses that, and kubectl takes the last one';
  if (code === 'TAB_AS_INDENT') return 'a tab indents this line; YAML takes spaces only';
  return `this is not YAML: ${message.replace(/^./, (first) => first.toLowerCase())}`;
}

/** @returns where a template's first action begins, if there is one. */
function templateAt({ range }: Document.Parsed, text: string): number | undefined {
  const start = text.slice(range[0], range[2]).search(/\{\{-?\s*([.$a-z]|\/\*)/);
  return start < 0 ? undefined : range[0] + start;
}

/** Aliases have to lead somewhere, and keys to be text. @returns the first node that cannot be read so */
function unsoundNode(document: Document.Parsed): (TextProblem & { isKey?: true }) | undefined {
  let found: (TextProblem & { isKey?: true }) | undefined;
  const refuse = (message: string, node: Node): symbol => {
    found = { message, offset: node.range?.[0] ?? 0 };
    return visit.BREAK;
  };
  visit(document, {
    Alias: (_, alias, path) => {
      const target = alias.resolve(document);
      if (!target) return refuse(`there is no anchor &${alias.source}`, alias);
      return path.includes(target) ? refuse(`the anchor &${alias.source} contains itself`, alias) : undefined;
    },
    Pair: (_, { key, value }) => {
      if (isMap(key) || isSeq(key)) {
        found = { message: 'a key has to be text; a map or a list is none', offset: key.range![0], isKey: true };
        return visit.BREAK;
      }
      const merges = isScalar(key) && key.source === '<<';
      return merges && value && !isMap(value) && !isSeq(value) && !isAlias(value)
        ? refuse('<< takes a map, or a list of maps', value as Node)
        : undefined;
    },
  });
  return found;
}
