/** What is to be committed, before git has seen it. */

/** Contents by paths from the top of the working tree. Nothing else belongs to the commit. */
export interface Proposal {
  /** registry.yaml, and the files that it names: what gave the tree belongs to the tree's commit. */
  inputs: Map<string, Uint8Array>;
  /** What the generator wrote. */
  generated: Map<string, string>;
  /** Paths that the generator owned, and does not write any more. */
  removed: Set<string>;
  /** Folders of the tree. */
  folders: string[];
}

/** Makes proposals: what is known of registries, and git knows nothing of. */
export interface Source {
  /** As registry.yaml stands in the folder; what it gives is then in the folder too. @param base commit, undefined: none yet */
  fromFolder(base: string | undefined): Promise<Proposal>;
  /** The same, on top of a commit of others, with inputs that hold both sides' changes. Touches no folder. */
  onTop(base: string, inputs: ReadonlyMap<string, Uint8Array>): Promise<Proposal>;
  /** @returns the message of a proposal's commit */
  message(base: string | undefined, proposal: Proposal): Promise<string>;
}

/** @returns paths that nobody edits by hand. */
export function generatedBy({ generated, removed }: Proposal): Set<string> {
  return new Set([...generated.keys(), ...removed]);
}

/** @returns every path of a proposal. */
export function pathsOf({ inputs, generated, removed }: Proposal): string[] {
  return [...inputs.keys(), ...generated.keys(), ...removed];
}
