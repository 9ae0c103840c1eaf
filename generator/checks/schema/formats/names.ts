/** Names of objects, fields, resources and drivers. */
import { isLabel, isQualifiedName, isSubdomain, QUALIFIED } from './dns.js';
import type { Format } from './format.js';

/** Words that CEL keeps for itself. */
const CEL_RESERVED =
  /^(as|break|const|continue|else|false|for|function|if|import|in|let|loop|namespace|null|package|return|true|var|void|while)$/;

function isPortName(value: string): boolean {
  return (
    value.length <= 15 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(value) && /[a-z]/.test(value) && !value.includes('--')
  );
}

const isResourceName = (value: string): boolean =>
  isQualifiedName(value) &&
  (value.includes('/') ||
    ['cpu', 'memory', 'ephemeral-storage', 'storage'].includes(value) ||
    value.startsWith('hugepages-'));

/** What a container may ask for: names of its own domain would look like quotas if they began with "requests.". */
function isContainerResource(value: string): boolean {
  if (!value.includes('/'))
    return (
      isQualifiedName(value) &&
      (['cpu', 'memory', 'ephemeral-storage'].includes(value) || value.startsWith('hugepages-'))
    );
  return (
    isQualifiedName(value) &&
    (value.includes('kubernetes.io/') || (!value.startsWith('requests.') && isQualifiedName(`requests.${value}`)))
  );
}

/** DOMAIN/NAME, the domain of two parts at least. */
function isSignerName(value: string): boolean {
  const [domain, name, ...rest] = value.split('/');
  return (
    rest.length === 0 &&
    name !== undefined &&
    value.length <= 571 &&
    isSubdomain(domain!) &&
    domain!.includes('.') &&
    domain!.split('.').every(isLabel) &&
    name.split('.').every(isSubdomain)
  );
}

/** USER or DOMAIN\\USER of Windows. */
function isWindowsUser(value: string): boolean {
  const parts = value.split('\\');
  const user = parts.at(-1)!;
  const isUser = user.length <= 104 && /^[^"/\\:;|=,+*?<>@[\]\x00-\x1f\x7f]+$/.test(user) && !/^[. ]+$/.test(user);
  return isUser && (parts.length === 1 || (parts.length === 2 && isWindowsDomain(parts[0]!)));
}

function isWindowsDomain(domain: string): boolean {
  const isNetBios = /^[^\\/:*?"<>|.\x00-\x1f\x7f][^\\/:*?"<>|\x00-\x1f\x7f]{0,14}$/.test(domain);
  return (
    domain.length < 256 &&
    (isNetBios || /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i.test(domain))
  );
}

function isQualifiedPath(value: string): boolean {
  const [domain, ...path] = value.split('/');
  return isSubdomain(domain!) && /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(path.join('/'));
}

const QUALIFIED_NAME: Format = {
  test: isQualifiedName,
  expected: 'a name such as app or example.com/app, of letters, digits, "-", "_" and "."',
};

export const names: Record<string, Format> = {
  'dns-label': {
    test: isLabel,
    expected: 'a name of at most 63 lower-case letters, digits and "-", beginning and ending with a letter or digit',
  },
  'dns-1035-label': {
    test: (value) => value.length <= 63 && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(value),
    expected:
      'a name of at most 63 lower-case letters, digits and "-", beginning with a letter and not ending with "-"',
  },
  'dns-subdomain': {
    test: isSubdomain,
    expected: 'a name of lower-case letters, digits, "-" and ".", beginning and ending with a letter or digit',
  },
  'qualified-name': QUALIFIED_NAME,
  'qualified-name-any-case': {
    test: (value) => isQualifiedName(value.toLowerCase()),
    expected: QUALIFIED_NAME.expected,
  },
  finalizer: { test: isQualifiedName, expected: QUALIFIED_NAME.expected },
  'label-value': {
    test: (value) => value === '' || (value.length <= 63 && QUALIFIED.test(value)),
    expected: 'at most 63 letters, digits, "-", "_" and ".", beginning and ending with a letter or digit',
  },
  'port-name': {
    test: isPortName,
    expected: 'a port name of at most 15 lower-case letters, digits and "-", with a letter',
  },
  'env-name': {
    test: (value) => value !== '' && /^[ -<>-~]+$/.test(value),
    expected: 'a variable name of printable ASCII without "="',
  },
  'config-map-key': {
    test: (value) => value.length <= 253 && /^[-._a-zA-Z0-9]+$/.test(value) && value !== '.' && !value.startsWith('..'),
    expected: 'a key of letters, digits, "-", "_" and "."',
  },
  'http-header-name': { test: (value) => /^[-A-Za-z0-9]+$/.test(value), expected: 'the name of an HTTP header' },
  'cel-name': {
    test: (value) => /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(value) && !CEL_RESERVED.test(value),
    expected: 'a name of letters, digits and "_", not beginning with a digit',
  },
  'resource-name': {
    test: isResourceName,
    expected: 'cpu, memory, ephemeral-storage, or a name with a domain such as nvidia.com/gpu',
  },
  'container-resource': {
    test: isContainerResource,
    expected: 'cpu, memory, ephemeral-storage, hugepages-SIZE, or a name with a domain such as nvidia.com/gpu',
  },
  'signer-name': { test: isSignerName, expected: 'a signer such as example.com/my-signer' },
  'windows-user': { test: isWindowsUser, expected: 'a user of Windows such as ContainerUser or DOMAIN\\user' },
  'csi-driver': {
    test: (value) =>
      value.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/i.test(value),
    expected: 'the name of a CSI driver such as pd.csi.storage.gke.io',
  },
  controller: {
    test: (value) => value.includes('/') && isQualifiedPath(value),
    expected: 'a controller such as k8s.io/ingress-nginx',
  },
  'domain-path': {
    test: (value) => value.includes('/') && isQualifiedPath(value),
    expected: 'a name with a domain such as example.com/controller',
  },
  'controller-name': {
    test: (value) => value !== '' && isQualifiedName(value.toLowerCase()),
    expected: 'the name of a provisioner such as pd.csi.storage.gke.io',
  },
  uuid: {
    test: (value) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(value),
    expected: 'a UUID',
  },
};
