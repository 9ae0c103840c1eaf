/** What Argo CD and Flux are told to apply, from where and to where. */
import { type Judge, type Judgement, opens, pathText } from './judgement.js';

/** Of what may be touched, by kind: a new item is a wider right. */
const RIGHTS =
  /^spec\/(sourceRepos|sourceNamespaces|destinations|clusterResourceWhitelist|namespaceResourceWhitelist|roles)(\/|$)/;
const FORBIDDEN = /^spec\/(clusterResourceBlacklist|namespaceResourceBlacklist|signatureKeys|syncWindows)(\/|$)/;

/** Fields that decide what is applied, by whom and where; of an ApplicationSet those of what it makes. */
const DECIDING: Record<string, RegExp> = {
  Application: /^spec\/(project|sources?|destination)(\/|$)/,
  ApplicationSet: /^spec\/(generators|template\/spec\/(project|sources?|destination))(\/|$)/,
  GitRepository: /^spec\/(url|ref|verify|ignore|include)(\/|$)/,
  OCIRepository: /^spec\/(url|ref|verify|insecure|layerSelector)(\/|$)/,
  Kustomization:
    /^spec\/(path|sourceRef|serviceAccountName|targetNamespace|kubeConfig|decryption|patches|postBuild|components)(\/|$)/,
};

/** @returns what a single field of a delivery opens. */
export const opensDelivery: Judge = (difference, { kind }) => {
  const text = pathText(difference);
  if (kind === 'AppProject') return opensProject(text, difference.before, difference.after);
  return DECIDING[kind]?.test(text)
    ? opens('it decides what is applied, and where: whoever can write to it decides what runs')
    : undefined;
};

function opensProject(text: string, before: unknown, after: unknown): Judgement | undefined {
  if (FORBIDDEN.test(text)) return before === undefined ? undefined : opens('it decides what is refused');
  if (!RIGHTS.test(text) || after === undefined) return undefined;
  const isMore = !Array.isArray(after) || after.some((item) => !(before as unknown[] | undefined)?.includes(item));
  return isMore ? opens('it decides what Argo CD may apply, and where') : undefined;
}
