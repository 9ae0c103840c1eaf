import { basename } from 'node:path';

/** @returns the comment at the top of every generated file. */
export function headerOf(file: string): string[] {
  return [`Generated from ${basename(file)}: change that, then run \`npm run generate\`.`];
}

/** @returns the registry.yaml that a generated file names as its source. */
export function sourceOf(text: string): string | undefined {
  return /^# Generated from (.+): change that,/.exec(text)?.[1];
}
