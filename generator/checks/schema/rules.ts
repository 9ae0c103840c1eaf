/** The rules of what an API server refuses, or kustomize, for docs and exceptions. Their checks are the schemas, semantics, CEL and manifests/. */
import type { Severity } from '../finding.js';

export interface SchemaRule {
  id: string;
  severity: Severity;
  title: string;
  why: string;
  fix: string;
}

export const schemaRules: readonly SchemaRule[] = [
  {
    id: 'invalid-yaml',
    severity: 'error',
    title: 'A file is YAML or JSON, and holds Kubernetes objects.',
    why: 'kubectl stops at the first file that it cannot read, and a controller stops syncing.',
    fix: 'Correct the line: mostly indentation, a tab, or a value that needs quotes.',
  },
  {
    id: 'unknown-kind',
    severity: 'error',
    title: 'There is a schema for every kind.',
    why: 'An object that cannot be checked may be wrong in every way. Mostly the kind or its group is misspelt.',
    fix: 'Correct apiVersion and kind; for a custom resource of your own, name its CustomResourceDefinition: checks.crds in registry.yaml, or --crd.',
  },
  {
    id: 'removed-api',
    severity: 'error',
    title: 'An apiVersion is one that the target still serves.',
    why: 'The API server knows it no more: the sync fails with "no matches for kind".',
    fix: 'Write the apiVersion that the finding names.',
  },
  {
    id: 'deprecated-api',
    severity: 'warning',
    title: 'An apiVersion is not deprecated.',
    why: 'It works today, and will be removed.',
    fix: 'Write the apiVersion that the finding names.',
  },
  {
    id: 'unserved-kind',
    severity: 'error',
    title: 'A kind is served by every minor of the target.',
    why: 'On a minor that does not serve it the sync fails.',
    fix: 'Take an apiVersion that all minors serve, or narrow kubernetesVersion.',
  },
  {
    id: 'unserved-field',
    severity: 'error',
    title: 'A field is known to every minor of the target.',
    why: 'A minor that does not know it refuses the object, or drops the field silently.',
    fix: 'Do without it, or narrow kubernetesVersion.',
  },
  {
    id: 'deprecated-field',
    severity: 'warning',
    title: 'A field is not deprecated.',
    why: 'It works today, and will be removed or does nothing any more.',
    fix: 'Use what the finding names instead.',
  },
  {
    id: 'unknown-field',
    severity: 'error',
    title: 'A field is known.',
    why: 'Without strict validation the API server drops it, so what it should have set is not set; with it, the object is refused.',
    fix: 'Correct the spelling, or put the field where it belongs.',
  },
  {
    id: 'missing-field',
    severity: 'error',
    title: 'What an object must have is there.',
    why: 'The API server refuses the object.',
    fix: 'Add the field.',
  },
  {
    id: 'wrong-type',
    severity: 'error',
    title: 'A value has the right type.',
    why: 'The API server refuses the object. YAML makes a number of 1.10 and a boolean of yes; text that looks like one needs quotes.',
    fix: 'Write a value of the type that the finding names.',
  },
  {
    id: 'invalid-value',
    severity: 'error',
    title: 'A value is one that the API server takes.',
    why: 'The API server refuses the object: a name with capitals, a port above 65535, a selector that does not match.',
    fix: 'Write a value as the finding describes it.',
  },
  {
    id: 'duplicate-item',
    severity: 'error',
    title: 'Items of a list that are identified by a key have different keys.',
    why: 'Of two variables or ports of one name the API server keeps one, or refuses both.',
    fix: 'Remove or rename one of them.',
  },
  {
    id: 'cel',
    severity: 'error',
    title: 'A custom resource keeps the rules of its definition.',
    why: 'The API server evaluates the CEL rules of a CustomResourceDefinition, and refuses what breaks one.',
    fix: "Do as the rule's message says.",
  },
  {
    id: 'unknown-cel',
    severity: 'warning',
    title: 'The rules of a custom resource can be evaluated.',
    why: 'A rule that uses a function unknown here is left to the API server.',
    fix: 'Nothing, or try the object against the API server with a dry run.',
  },
  {
    id: 'immutable-field',
    severity: 'error',
    title: 'A field that cannot be changed is as it was.',
    why: 'The API server refuses the update: selectors, claims of a StatefulSet, a cluster IP cannot be changed in place. Argo CD and Flux then fail at every sync.',
    fix: 'Keep the value; or make the object anew by hand, knowing what goes with it: of a claim, move the images first.',
  },
  {
    id: 'kustomization',
    severity: 'error',
    title: 'kustomization.yaml has the fields that kustomize reads.',
    why: 'kustomize stops at a field that it does not know, and takes some that are in the wrong place for others.',
    fix: 'Correct the field.',
  },
  {
    id: 'kustomize-build',
    severity: 'error',
    title: 'kustomize can build an overlay.',
    why: 'What cannot be built cannot be applied; Argo CD and Flux stop at it.',
    fix: 'Correct what kustomize reports: mostly a file that is listed and missing, or a patch whose object does not exist.',
  },
  {
    id: 'patch-target',
    severity: 'error',
    title: 'Every patch with a target finds an object, and every entry of images an image.',
    why: 'kustomize stays silent where none is found, and exits with 0 (kustomize issues 4379, 5796): what the patch should have changed is not changed.',
    fix: 'Correct the target: group, version, kind and name as the base has them.',
  },
  {
    id: 'unused-exception',
    severity: 'warning',
    title: 'An exception is for a rule that exists, and is needed.',
    why: 'An exception that nothing needs any more hides the next finding of its rule.',
    fix: 'Remove it from checks.ignore.',
  },
];
