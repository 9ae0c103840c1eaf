/** A folder laid out as the registry lays out its storage, with times of the test's choosing. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { blobFile, layerLink, manifestLink, tagFile } from '../../../generator/collector/layout.mjs';
import { mark } from '../../../generator/collector/mark.mjs';
import { planRemoval, type Policy, type Removal } from '../../../generator/collector/removal.mjs';
import { Reader, type Repository } from '../../../generator/collector/snapshot.mjs';
import { Volume } from '../../../generator/collector/volume.mjs';
import { withFolder } from '../folder.js';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** Age of what a test does not care about, in milliseconds: older than any grace time here. */
const OLD = 30 * DAY;

/** @returns the digest of a text. */
export function digestOf(text: string, algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(text).digest('hex')}`;
}

export class RegistryFolder {
  readonly folder: string;
  readonly volume: Volume;
  /** Milliseconds since 1970: ages count from here. */
  readonly now = Date.now();
  readonly reader: Reader;

  constructor(folder: string) {
    this.folder = folder;
    this.volume = new Volume(folder, 0);
    this.reader = new Reader(this.volume);
  }

  path(file: string): string {
    return join(this.folder, 'docker/registry/v2', file);
  }

  has(file: string): boolean {
    return existsSync(this.path(file));
  }

  write(file: string, text: string, age = OLD): void {
    const path = this.path(file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    this.touch(file, age);
  }

  touch(file: string, age: number): void {
    const seconds = (this.now - age) / 1000;
    utimesSync(this.path(file), seconds, seconds);
  }

  remove(file: string): void {
    rmSync(this.path(file), { recursive: true });
  }

  /** @returns its canonical digest. */
  blob(text: string, age = OLD): string {
    this.write(blobFile(digestOf(text)), text, age);
    return digestOf(text);
  }

  /** Pushes a layer, under the digest by which the client calls it. @returns that digest */
  layer(repository: string, text: string, { age = OLD, algorithm = 'sha256' } = {}): string {
    const digest = this.blob(text, age);
    for (const called of new Set([digest, digestOf(text, algorithm)]))
      this.write(layerLink(repository, called), digest, age);
    return digestOf(text, algorithm);
  }

  /** Pushes a manifest. @returns its digest */
  manifest(repository: string, content: object, { tag = '', age = OLD } = {}): string {
    const text = JSON.stringify(content);
    const digest = this.blob(text, age);
    this.write(manifestLink(repository, digest), digest, age);
    if (tag) this.tag(repository, tag, digest, age);
    return digest;
  }

  /** Pushes an image of one layer. @param name the same name, the same image @returns the digest of its manifest */
  image(repository: string, name: string, { tag = '', age = OLD, subject = '' } = {}): string {
    const config = { digest: this.layer(repository, `config of ${name}`) };
    const layers = [{ digest: this.layer(repository, `layer of ${name}`) }];
    return this.manifest(
      repository,
      { config, layers, ...(subject && { subject: { digest: subject } }) },
      { tag, age },
    );
  }

  /** Pushes an index of manifests. */
  index(repository: string, parts: string[], { tag = '', age = OLD } = {}): string {
    return this.manifest(repository, { manifests: parts.map((digest) => ({ digest })) }, { tag, age });
  }

  tag(repository: string, tag: string, digest: string, age = OLD): void {
    this.write(tagFile(repository, tag), digest, age);
  }

  /** @returns what is seen of one repository. */
  async seen(name: string): Promise<Repository> {
    return (await this.reader.snapshot()).find((repository) => repository.name === name)!;
  }

  /** @returns what would go of one repository; by default untagged manifests that are older than a day. */
  async removal(name: string, policy: Partial<Policy> = {}): Promise<Removal | undefined> {
    const repository = await this.seen(name);
    return await planRemoval(
      this.reader,
      repository,
      { deleteUntagged: true, grace: DAY, rules: [], ...policy },
      this.now,
    );
  }

  /** @returns whatever is in use. */
  async marked(): Promise<Set<string>> {
    return await mark(this.reader, await this.reader.snapshot());
  }
}

/** Runs with an empty storage, removed afterwards. */
export function withRegistryFolder(run: (registry: RegistryFolder) => Promise<void>): () => Promise<void> {
  return () => withFolder((folder) => run(new RegistryFolder(folder)));
}
