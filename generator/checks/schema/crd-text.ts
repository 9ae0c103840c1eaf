import { LineCounter, parseAllDocuments } from 'yaml';
import { type CustomKind, customKinds } from './crd.js';

/**
 * @param text YAML with CustomResourceDefinitions; other objects, as an installation's file has them, are passed over
 * @throws Error where it is no YAML, or there is none in it
 */
export function customKindsIn(text: string): CustomKind[] {
  const lines = new LineCounter();
  const definitions: unknown[] = [];
  for (const document of parseAllDocuments(text, { lineCounter: lines, prettyErrors: false })) {
    const [error] = document.errors;
    if (error) {
      const { line, col } = lines.linePos(error.pos[0]);
      throw new Error(
        `line ${line}, column ${col}: this is not YAML: ${error.message.replace(/^./, (first) => first.toLowerCase())}`,
      );
    }
    const value = document.toJS() as { kind?: unknown } | null;
    if (value?.kind === 'CustomResourceDefinition') definitions.push(value);
  }
  if (definitions.length === 0) throw new Error('there is no CustomResourceDefinition in it');
  return definitions.flatMap(customKinds);
}
