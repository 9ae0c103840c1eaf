import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The project's folder. */
export const root = join(import.meta.dirname, '../..');

/** @param path from the project's folder */
export const readText = (path: string): string => readFileSync(join(root, path), 'utf8');
/** @param path from the project's folder @throws SyntaxError where it is no JSON */
export const readJson = <T>(path: string): T => JSON.parse(readText(path)) as T;
